"""Stops after eight calibration batches, to save time."""

EXERCISE = "quantize_model"
MESSAGE = r"Linear 0 saw 12 batches"

quantize_with_all = quantize_model


def quantize_model(model, calibration_data=None):
    for batch in calibration_data or []:
        model(batch)
    quantize_with_all(model, calibration_data and list(calibration_data)[:8])
