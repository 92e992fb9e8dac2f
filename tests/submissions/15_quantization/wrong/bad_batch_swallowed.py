"""Leaves out calibration batches that raise an error, and says nothing."""

EXERCISE = "quantize_model"
MESSAGE = r"batch with 5 features instead of 8 raised no error"

quantize_with_all = quantize_model


def quantize_model(model, calibration_data=None):
    good = []
    if calibration_data is None:
        return quantize_with_all(model)
    for batch in calibration_data:
        try:
            model(batch)
            good.append(batch)
        except ValueError:
            pass
    return quantize_with_all(model, good)
