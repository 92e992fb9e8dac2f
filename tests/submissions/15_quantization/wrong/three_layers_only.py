"""Knows that the digit network has its Linear layers at positions 0, 2 and 4."""

EXERCISE = "quantize_model"
MESSAGE = r"layer 1 inside the nested Sequential is a Linear .*not replaced"


def replace_linears(model, quantized):
    for position in (0, 2, 4):
        layer = model.layers[position] if position < len(model.layers) else None
        if isinstance(layer, Linear):
            if layer not in quantized:
                quantized[layer] = QuantizedLinear(layer)
            model.layers[position] = quantized[layer]
