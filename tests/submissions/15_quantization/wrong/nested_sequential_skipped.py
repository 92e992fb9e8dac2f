"""Looks at the layers of the model, but not at those of a Sequential inside it."""

EXERCISE = "quantize_model"
MESSAGE = r"nested Sequential is a Linear .*not replaced"


def replace_linears(model, quantized):
    for position, layer in enumerate(model.layers):
        if isinstance(layer, Linear):
            if layer not in quantized:
                quantized[layer] = QuantizedLinear(layer)
            model.layers[position] = quantized[layer]
