"""Hard-codes the ratio that float32 and int8 have without scales and zero points."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"compression_ratio is 4 .*, but \d+ bytes became \d+"


def memory_usage(self):
    return {
        "original_bytes": sum(4 * codes.size for codes in self.parameters()),
        "quantized_bytes": sum(codes.nbytes + 8 for codes in self.parameters()),
        "compression_ratio": 4.0,
    }


QuantizedLinear.memory_usage = memory_usage
