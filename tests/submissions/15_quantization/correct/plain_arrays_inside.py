"""Keeps codes as plain arrays, and makes Tensors of them when they are asked for."""


class QuantizedLinear:
    def __init__(self, linear_layer):
        self.kept = {}
        self.in_features, self.out_features = linear_layer.in_features, linear_layer.out_features
        for name in ("weight", "bias"):
            tensor = getattr(linear_layer, name)
            if tensor is not None:
                codes, scale, zero_point = quantize_int8(tensor)
                self.kept[name] = codes.data, scale, zero_point
        self.input_scale = self.input_zero_point = None

    def __getattr__(self, name):
        kept = self.__dict__.get("kept", {})
        for part, (codes, scale, zero_point) in kept.items():
            if name == f"q_{part}":
                return Tensor(codes)
            if name in (f"{part}_scale", f"{part}_zero_point"):
                return scale if name.endswith("scale") else zero_point
        if name in ("q_bias", "bias_scale", "bias_zero_point"):
            return None
        raise AttributeError(name)

    def forward(self, x):
        values = self.quantize_input(x).data
        codes, scale, zero_point = self.kept["weight"]
        values = values @ ((codes - np.float32(zero_point)) * np.float32(scale))
        if "bias" in self.kept:
            codes, scale, zero_point = self.kept["bias"]
            values = values + (codes - np.float32(zero_point)) * np.float32(scale)
        return Tensor(values)

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return [Tensor(codes) for codes, _, _ in self.kept.values()]

    def memory_usage(self):
        original = sum(codes.size * 4 for codes, _, _ in self.kept.values())
        quantized = sum(codes.nbytes + 4 + 4 for codes, _, _ in self.kept.values())
        return {
            "original_bytes": original,
            "quantized_bytes": quantized,
            "compression_ratio": original / quantized,
        }


QuantizedLinear.calibrate = calibrate
QuantizedLinear.quantize_input = quantize_input
