"""Gives the part that is saved as a fraction of one."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"memory_saved_percent is 0\.\d+ where \d+ of \d+ bytes"

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    sizes = analyze_first(original, quantized)
    return sizes | {"memory_saved_percent": sizes["memory_saved_percent"] / 100}
