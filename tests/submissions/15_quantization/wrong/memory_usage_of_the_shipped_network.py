"""Hard-codes the bytes of the first layer of the shipped digit network."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"original_bytes is 16640 for a layer of 31 x 7"


def memory_usage(self):
    return {"original_bytes": 16640, "quantized_bytes": 4176, "compression_ratio": 16640 / 4176}


QuantizedLinear.memory_usage = memory_usage
