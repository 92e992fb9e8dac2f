"""Makes a new ReLU for every ReLU of the model, where each should stay as it is."""

EXERCISE = "quantize_model"
MESSAGE = r"layer 1, a ReLU, should stay; it is another ReLU"

replace_in_place = replace_linears


def replace_linears(model, quantized):
    replace_in_place(model, quantized)
    model.layers = [
        type(layer)() if type(layer).__name__ == "ReLU" else layer for layer in model.layers
    ]
