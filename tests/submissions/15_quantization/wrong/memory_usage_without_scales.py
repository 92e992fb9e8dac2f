"""Counts one byte per parameter, and forgets the scale and the zero point of each array."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"scale and the zero point of each array take bytes too"


def memory_usage(self):
    original = sum(4 * codes.size for codes in self.parameters())
    quantized = sum(codes.nbytes for codes in self.parameters())
    return {
        "original_bytes": original,
        "quantized_bytes": quantized,
        "compression_ratio": original / quantized,
    }


QuantizedLinear.memory_usage = memory_usage
