"""Counts one scale and one zero point per layer, though weight and bias have their own."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"quantized_bytes is \d+ for \d+ int8 codes in 4 arrays"

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    weights = [array for array in quantized.parameters() if array.ndim == 2]
    sizes = analyze_first(original, quantized)
    return sizes | {"quantized_bytes": sizes["quantized_bytes"] - 8 * len(weights)}
