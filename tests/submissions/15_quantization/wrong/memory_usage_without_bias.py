"""Counts the bytes of the weight alone."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"original_bytes is \d+ for a layer of 31 x 7 with bias: .* every bias"


def memory_usage(self):
    original, quantized = 4 * self.q_weight.size, self.q_weight.nbytes + 8
    return {
        "original_bytes": original,
        "quantized_bytes": quantized,
        "compression_ratio": original / quantized,
    }


QuantizedLinear.memory_usage = memory_usage
