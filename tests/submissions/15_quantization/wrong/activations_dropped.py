"""Keeps the Linear layers alone, because ReLU has no weights to quantize."""

EXERCISE = "quantize_model"
MESSAGE = r"model had 5 layers, and has 3 now"

replace_in_place = replace_linears


def replace_linears(model, quantized):
    replace_in_place(model, quantized)
    model.layers = [
        layer for layer in model.layers if hasattr(layer, "layers") or layer.parameters()
    ]
