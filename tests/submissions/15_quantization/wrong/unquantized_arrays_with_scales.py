"""Counts 8 bytes of scale and zero point for every array of the second model, whatever it holds."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"float32 arrays have no scale and no zero point, so only codes take 8 bytes more"
ROW = "a model that was not quantized saves nothing"
POINTS = 1

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    sizes = analyze_first(original, quantized)
    if sizes["quantized_bytes"] < sizes["original_bytes"]:
        return sizes
    arrays = len(list(quantized.parameters()))
    return sizes | {"quantized_bytes": sizes["quantized_bytes"] + 8 * arrays}
