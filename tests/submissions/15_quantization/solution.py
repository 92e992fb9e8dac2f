"""The answer key: what a strong student would write, in plain NumPy."""

# %%
import numpy as np

from tinytorch.core import Linear, Sequential, Tensor


# %% exercise="quantize_int8"
def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))


def codes_of(values, scale, zero_point):
    return np.clip(np.rint(values / scale) + zero_point, -128, 127).astype(np.int8)


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    return Tensor(codes_of(values, scale, zero_point)), scale, zero_point


# %% exercise="dequantize_int8"
def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor((q_tensor.data.astype(np.float32) - zero_point) * scale)


# %% exercise="QuantizedLinear"
class QuantizedLinear:
    def __init__(self, linear_layer):
        self.in_features = linear_layer.in_features
        self.out_features = linear_layer.out_features
        self.q_weight, self.weight_scale, self.weight_zero_point = quantize_int8(
            linear_layer.weight
        )
        self.q_bias = self.bias_scale = self.bias_zero_point = None
        if linear_layer.bias is not None:
            self.q_bias, self.bias_scale, self.bias_zero_point = quantize_int8(linear_layer.bias)
        self.input_scale = self.input_zero_point = None

    def quantize_input(self, x):
        return x

    def forward(self, x):
        x = self.quantize_input(x)
        y = x @ dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
        if self.q_bias is not None:
            y = y + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)
        return y

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return [self.q_weight] if self.q_bias is None else [self.q_weight, self.q_bias]

    def memory_usage(self):
        original = sum(4 * codes.size for codes in self.parameters())
        quantized = sum(codes.nbytes + 8 for codes in self.parameters())
        return {
            "original_bytes": original,
            "quantized_bytes": quantized,
            "compression_ratio": original / quantized,
        }


# %% exercise="calibrate"
def calibrate(self, sample_inputs):
    lows, highs = [], []
    for sample in sample_inputs:
        lows.append(float(sample.data.min()))
        highs.append(float(sample.data.max()))
    if not lows:
        raise ValueError("calibrate needs at least one sample")
    self.input_scale, self.input_zero_point = choose_qparams(min(lows), max(highs))


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    codes = Tensor(codes_of(x.data, self.input_scale, self.input_zero_point))
    return dequantize_int8(codes, self.input_scale, self.input_zero_point)


QuantizedLinear.calibrate = calibrate
QuantizedLinear.quantize_input = quantize_input


# %% exercise="quantize_model"
def collect_inputs(model, x, inputs):
    """Run the FP32 model on a batch, noting what every Linear is given."""
    for layer in model.layers:
        if isinstance(layer, Sequential):
            x = collect_inputs(layer, x, inputs)
        else:
            if isinstance(layer, Linear):
                inputs.setdefault(layer, []).append(x)
            x = layer(x)
    return x


def linears_of(model):
    for layer in model.layers:
        if isinstance(layer, Sequential):
            yield from linears_of(layer)
        elif isinstance(layer, Linear):
            yield layer


def replace_linears(model, quantized):
    for position, layer in enumerate(model.layers):
        if isinstance(layer, Sequential):
            replace_linears(layer, quantized)
        else:
            model.layers[position] = quantized.get(layer, layer)


def quantize_model(model, calibration_data=None):
    inputs = {}
    for batch in calibration_data or []:
        collect_inputs(model, batch, inputs)
    quantized = {layer: QuantizedLinear(layer) for layer in dict.fromkeys(linears_of(model))}
    if calibration_data is not None:
        for layer, new in quantized.items():
            new.calibrate(inputs.get(layer, []))  # which is refused if there are no data
    replace_linears(model, quantized)


# %% exercise="analyze_model_sizes"
def analyze_model_sizes(original, quantized):
    def params_and_bytes(model):
        arrays = model.parameters()
        qparams = [8 for array in arrays if array.dtype == np.int8]
        return sum(a.size for a in arrays), sum(a.nbytes for a in arrays) + sum(qparams)

    original_params, original_bytes = params_and_bytes(original)
    quantized_params, quantized_bytes = params_and_bytes(quantized)
    saved = original_bytes - quantized_bytes
    return {
        "original_params": original_params,
        "quantized_params": quantized_params,
        "original_bytes": original_bytes,
        "quantized_bytes": quantized_bytes,
        "compression_ratio": original_bytes / quantized_bytes,
        "memory_saved_mb": saved / 1e6,
        "memory_saved_percent": 100 * saved / original_bytes,
    }


# %% exercise="integers"
def quantize_bias(bias, scale):
    return Tensor(np.rint(bias.data / scale).astype(np.int32))


def integer_linear(
    q_x, x_zero_point, q_weight, weight_zero_point, q_bias, multiplier, y_zero_point
):
    inputs = q_x.data.astype(np.int32) - x_zero_point
    sums = inputs @ (q_weight.data.astype(np.int32) - weight_zero_point) + q_bias.data
    codes = np.rint(sums.astype(np.float32) * np.float32(multiplier)) + y_zero_point
    return Tensor(np.clip(codes, -128, 127).astype(np.int8))


# %% exercise="question 1"
parameters = (784 * 256 + 256) + (256 * 128 + 128) + (128 * 10 + 10)
q1_fp32_bytes = 4 * parameters
q1_int8_bytes = parameters

# %% exercise="question 2"
q2_max_error = (0.5 - -0.5) / 255 / 2
q2_snr_db = 20 * np.log10(255)

# %% exercise="question 3"
q3_images = 200
q3_coarser = 10

# %% exercise="question 4"
q4_fp32_seconds = 100e6 * 4 / 500e6
q4_int8_seconds = 100e6 * 1 / 500e6

# %% exercise="question 5"
q5_fp32_values = 512 // 32
q5_int8_values = 512 // 8
