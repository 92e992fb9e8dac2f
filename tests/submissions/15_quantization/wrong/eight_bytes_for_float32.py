"""Takes a float for eight bytes, as in Python, where the model has float32."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"original_bytes is \d+ for \d+ float32 parameters"

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    sizes = analyze_first(original, quantized)
    return sizes | {"original_bytes": 8 * sizes["original_params"]}
