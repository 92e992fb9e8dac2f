"""Divides the small number by the large one."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"compression_ratio is 0\.\d+ where \d+ bytes became \d+"

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    sizes = analyze_first(original, quantized)
    return sizes | {"compression_ratio": 1 / sizes["compression_ratio"]}
