"""Unpacks the Sequentials inside the model, so that its layers are other ones afterwards."""

EXERCISE = "quantize_model"
MESSAGE = r"inner Sequential became a ReLU"

replace_in_place = replace_linears


def unpacked(model):
    for layer in model.layers:
        yield from unpacked(layer) if isinstance(layer, Sequential) else [layer]


def replace_linears(model, quantized):
    model.layers = list(unpacked(model))
    replace_in_place(model, quantized)
