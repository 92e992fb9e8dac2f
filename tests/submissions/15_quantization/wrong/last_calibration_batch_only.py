"""Calibrates every layer anew with every batch, so that the last one wins."""

EXERCISE = "quantize_model"
MESSAGE = r"Linear 0 was calibrated with batch 3 of 3 alone"


def collect_inputs(model, x, inputs):
    for layer in model.layers:
        if isinstance(layer, Sequential):
            x = collect_inputs(layer, x, inputs)
        else:
            if isinstance(layer, Linear):
                inputs[layer] = [x]
            x = layer(x)
    return x
