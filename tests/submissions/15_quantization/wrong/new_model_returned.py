"""Builds a quantized model and returns it, while the given one stays as it was."""

EXERCISE = "quantize_model"
MESSAGE = r"layer 0 is a Linear .*not replaced"

quantize_in_place = quantize_model


def quantize_model(model, calibration_data=None):
    copy = Sequential(list(model.layers))
    quantize_in_place(copy, calibration_data)
    return copy
