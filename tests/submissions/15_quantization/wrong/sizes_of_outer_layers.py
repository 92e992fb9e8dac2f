"""Counts the layers of the model, but not those of a Sequential inside it."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"original_params is \d+ for a model of \d+ parameters.*Sequential inside"

analyze_everything = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    original, quantized = (
        Sequential([layer for layer in model.layers if not isinstance(layer, Sequential)])
        for model in (original, quantized)
    )
    return analyze_everything(original, quantized)
