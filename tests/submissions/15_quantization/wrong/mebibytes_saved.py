"""Divides by 2**20, which gives MiB and not MB."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"bytes are saved; 1 MB is 10\*\*6 bytes"

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    sizes = analyze_first(original, quantized)
    return sizes | {"memory_saved_mb": sizes["memory_saved_mb"] * 1e6 / 2**20}
