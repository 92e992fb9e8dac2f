"""Dataclasses: one for codes with their scale and zero point, one for the layer."""

from dataclasses import InitVar, dataclass, field


@dataclass(frozen=True, eq=False)
class Codes:
    codes: object = None
    scale: object = None
    zero_point: object = None

    @property
    def nbytes(self):
        return 0 if self.codes is None else self.codes.nbytes + 8

    def restored(self):
        return dequantize_int8(self.codes, self.scale, self.zero_point)


def part(name, attribute):
    return property(lambda self: getattr(getattr(self, name), attribute))


@dataclass(eq=False)
class QuantizedLinear:
    linear_layer: InitVar[Linear]
    weight: Codes = field(init=False)
    bias: Codes = field(init=False, default_factory=Codes)
    input_scale: object = None
    input_zero_point: object = None

    def __post_init__(self, linear_layer):
        self.in_features, self.out_features = linear_layer.weight.shape
        self.weight = Codes(*quantize_int8(linear_layer.weight))
        if linear_layer.bias is not None:
            self.bias = Codes(*quantize_int8(linear_layer.bias))

    q_weight, q_bias = part("weight", "codes"), part("bias", "codes")
    weight_scale, weight_zero_point = part("weight", "scale"), part("weight", "zero_point")
    bias_scale, bias_zero_point = part("bias", "scale"), part("bias", "zero_point")

    def forward(self, x):
        y = self.quantize_input(x) @ self.weight.restored()
        return y if self.bias.codes is None else y + self.bias.restored()

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return [each.codes for each in (self.weight, self.bias) if each.codes is not None]

    def memory_usage(self):
        original = 4 * sum(codes.size for codes in self.parameters())
        quantized = self.weight.nbytes + self.bias.nbytes
        return {
            "original_bytes": original,
            "quantized_bytes": quantized,
            "compression_ratio": original / quantized,
        }


QuantizedLinear.calibrate = calibrate
QuantizedLinear.quantize_input = quantize_input
