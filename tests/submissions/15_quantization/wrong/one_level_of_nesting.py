"""Goes into a Sequential inside the model, but not into one inside that."""

EXERCISE = "quantize_model"
MESSAGE = r"two levels down is a Linear .*not replaced"


def replace_linears(model, quantized):
    for container in [model, *(each for each in model.layers if isinstance(each, Sequential))]:
        for position, layer in enumerate(container.layers):
            if isinstance(layer, Linear):
                if layer not in quantized:
                    quantized[layer] = QuantizedLinear(layer)
                container.layers[position] = quantized[layer]
