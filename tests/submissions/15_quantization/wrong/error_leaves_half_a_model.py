"""Replaces the layers first, and then finds that a calibration batch does not fit."""

EXERCISE = "quantize_model"
MESSAGE = r"left a model that is half quantized"

quantize_all_or_nothing = quantize_model


def quantize_model(model, calibration_data=None):
    batches = list(calibration_data or [])
    before = Sequential(list(model.layers))
    quantize_all_or_nothing(model, [batch for batch in batches if fits(before, batch)])
    for batch in batches:
        before(batch)


def fits(model, batch):
    try:
        model(batch)
    except ValueError:
        return False
    return True
