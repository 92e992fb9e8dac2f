"""Replaces the layers, and does nothing with the calibration data."""

EXERCISE = "quantize_model"
MESSAGE = r"there was calibration data, but Linear 0 has input_scale None"


def quantize_model(model, calibration_data=None):
    quantized = {layer: QuantizedLinear(layer) for layer in linears_of(model)}
    replace_linears(model, quantized)
