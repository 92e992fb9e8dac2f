"""Gives the same answer whatever it is asked."""

import numpy as np

from tinytorch.core import Tensor

AFTER_KEY = False
EARNS = 0
REASON = r"."


def choose_qparams(minimum, maximum):
    return 1.0, 0


def quantize_int8(tensor):
    return Tensor(np.zeros(tensor.shape, np.int8)), 0.01, 0


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor(np.zeros(q_tensor.shape, np.float32))


class QuantizedLinear:
    def __init__(self, linear_layer):
        self.in_features = linear_layer.in_features
        self.out_features = linear_layer.out_features
        self.q_weight = Tensor(np.zeros(linear_layer.weight.shape, np.int8))
        self.weight_scale, self.weight_zero_point = 0.01, 0
        self.q_bias = self.bias_scale = self.bias_zero_point = None
        if linear_layer.bias is not None:
            self.q_bias, self.bias_scale, self.bias_zero_point = (
                Tensor(np.zeros(linear_layer.bias.shape, np.int8)),
                0.01,
                0,
            )
        self.input_scale = self.input_zero_point = None

    def forward(self, x):
        return Tensor(np.zeros((*x.shape[:-1], self.out_features), np.float32))

    def quantize_input(self, x):
        return x

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return []

    def memory_usage(self):
        return {"original_bytes": 4, "quantized_bytes": 1, "compression_ratio": 4.0}

    def calibrate(self, samples):
        if not samples:
            raise ValueError("none")
        self.input_scale, self.input_zero_point = 0.1, 0


def quantize_model(model, calibration_data=None):
    return None


def analyze_model_sizes(original, quantized):
    keys = ["original_params", "quantized_params", "original_bytes", "quantized_bytes"]
    return dict.fromkeys([*keys, "compression_ratio", "memory_saved_mb"], 100) | {
        "memory_saved_percent": 0
    }


q1_fp32_bytes = q1_int8_bytes = 1
q2_max_error = q2_snr_db = 1
q3_images = q3_coarser = 1
q4_fp32_seconds = q4_int8_seconds = 1
q5_fp32_values = q5_int8_values = 1
