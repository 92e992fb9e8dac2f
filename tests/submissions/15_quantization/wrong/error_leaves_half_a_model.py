"""Replaces the layers first, and then finds that a calibration batch does not fit."""

EXERCISE = "quantize_model"
MESSAGE = r"left a model that is half quantized"

quantize_all_or_nothing = quantize_model


def quantize_model(model, calibration_data=None):
    if calibration_data is None:
        return quantize_all_or_nothing(model)
    batches = list(calibration_data)
    before = Sequential(list(model.layers))
    quantize_all_or_nothing(model, [batch for batch in batches if fits(before, batch)])
    for batch in batches:
        before(batch)
    return None


def fits(model, batch):
    try:
        model(batch)
    except ValueError:
        return False
    return True
