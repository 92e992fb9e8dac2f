"""Runs the first calibration batch through the model, and no other."""

EXERCISE = "quantize_model"
MESSAGE = r"Linear 0 has input scale .* but its inputs range from"

quantize_with_all = quantize_model


def quantize_model(model, calibration_data=None):
    for batch in calibration_data or []:
        model(batch)
    quantize_with_all(model, calibration_data and list(calibration_data)[:1])
