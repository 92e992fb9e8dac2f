"""Assumes inputs from -1 to 1 where there are no calibration data."""

EXERCISE = "quantize_model"
MESSAGE = r"without calibration data, the model's output is not what"

quantize_with_data = quantize_model


def quantize_model(model, calibration_data=None):
    quantize_with_data(model, calibration_data)
    if calibration_data is None:
        for layer in model.layers:
            if isinstance(layer, QuantizedLinear):
                layer.input_scale, layer.input_zero_point = choose_qparams(-1.0, 1.0)
