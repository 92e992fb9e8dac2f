"""Leaves the last layer in float32, as is sometimes done to keep accuracy."""

EXERCISE = "quantize_model"
MESSAGE = r"layer 4 is a Linear .*not replaced"


def replace_linears(model, quantized):
    last = [layer for layer in model.layers if isinstance(layer, Linear)][-1:]
    for position, layer in enumerate(model.layers):
        if isinstance(layer, Sequential):
            replace_linears(layer, quantized)
        elif isinstance(layer, Linear) and layer not in last:
            if layer not in quantized:
                quantized[layer] = QuantizedLinear(layer)
            model.layers[position] = quantized[layer]
