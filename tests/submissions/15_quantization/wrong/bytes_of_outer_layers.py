"""Counts the parameters of nested models, and the bytes of outer layers alone."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"original_bytes is \d+ for \d+ float32 parameters: .* in a Sequential inside the model"

analyze_first = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    sizes = analyze_first(original, quantized)
    outer = [layer for layer in original.layers if not isinstance(layer, Sequential)]
    size = sum(p.data.nbytes for layer in outer for p in layer.parameters())
    return sizes | {"original_bytes": size}
