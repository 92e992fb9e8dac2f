"""Counts one byte per parameter, and forgets the scale and the zero point of each array."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"arrays have a scale and a zero point each"


def analyze_model_sizes(original, quantized):
    before = sum(array.nbytes for array in original.parameters())
    after = sum(array.nbytes for array in quantized.parameters())
    return {
        "original_params": sum(array.size for array in original.parameters()),
        "quantized_params": sum(array.size for array in quantized.parameters()),
        "original_bytes": before,
        "quantized_bytes": after,
        "compression_ratio": before / after,
        "memory_saved_mb": (before - after) / 1e6,
        "memory_saved_percent": 100 * (before - after) / before,
    }
