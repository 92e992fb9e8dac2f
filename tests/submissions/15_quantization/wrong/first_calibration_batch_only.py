"""Runs the first calibration batch through the model, and no other."""

EXERCISE = "quantize_model"
MESSAGE = r"Linear 0 was calibrated with batch 1 of 3 alone"

quantize_with_all = quantize_model


def quantize_model(model, calibration_data=None):
    for batch in calibration_data or []:
        model(batch)
    quantize_with_all(model, calibration_data and list(calibration_data)[:1])
