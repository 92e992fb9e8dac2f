"""Takes the second model for quantized, without a look at its arrays."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"a model that is still float32"


def analyze_model_sizes(original, quantized):
    parameters = sum(array.size for array in original.parameters())
    before, after = 4 * parameters, parameters + 8 * len(quantized.parameters())
    return {
        "original_params": parameters,
        "quantized_params": parameters,
        "original_bytes": before,
        "quantized_bytes": after,
        "compression_ratio": before / after,
        "memory_saved_mb": (before - after) / 1e6,
        "memory_saved_percent": 100 * (before - after) / before,
    }
