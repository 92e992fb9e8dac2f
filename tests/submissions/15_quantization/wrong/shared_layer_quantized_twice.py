"""Quantizes a layer wherever it stands, so that one in two places becomes two."""

EXERCISE = "quantize_model"
MESSAGE = r"appears twice became two layers"


def replace_linears(model, quantized):
    for position, layer in enumerate(model.layers):
        if isinstance(layer, Sequential):
            replace_linears(layer, quantized)
        elif isinstance(layer, Linear):
            new = model.layers[position] = QuantizedLinear(layer)
            if layer in quantized:
                new.input_scale = quantized[layer].input_scale
                new.input_zero_point = quantized[layer].input_zero_point
