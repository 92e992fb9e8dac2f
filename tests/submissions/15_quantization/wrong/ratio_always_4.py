"""Hard-codes the ratio of 32 to 8 bits."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"compression_ratio is 4 where \d+ bytes became \d+"

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    return analyze_first(original, quantized) | {"compression_ratio": 4.0}
