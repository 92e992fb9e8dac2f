"""Counts 8 bytes of scale and zero point for every array, those of float32 too."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"float32 arrays have no scale and no zero point"

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    sizes = analyze_first(original, quantized)
    arrays = len(list(original.parameters()))
    return sizes | {"original_bytes": sizes["original_bytes"] + 8 * arrays}
