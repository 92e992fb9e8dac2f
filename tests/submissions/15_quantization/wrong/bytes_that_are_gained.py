"""Subtracts the bytes of the float32 model from those of the int8 model."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"memory_saved_mb is -.* what is saved is positive"
ROW = "the memory saved follows from the bytes"
POINTS = 1

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    sizes = analyze_first(original, quantized)
    return sizes | {"memory_saved_mb": -sizes["memory_saved_mb"]}
