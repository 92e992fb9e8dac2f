"""Hard-codes the range of the pixels, 0 to 1, as the input range of every layer."""

EXERCISE = "quantize_model"
MESSAGE = r"Linear 0 has input scale 0\.0039"

quantize_by_data = quantize_model


def quantize_model(model, calibration_data=None):
    quantize_by_data(model, calibration_data)
    stack = [model] if calibration_data else []
    while stack:
        for layer in stack.pop().layers:
            if isinstance(layer, Sequential):
                stack.append(layer)
            elif isinstance(layer, QuantizedLinear):
                layer.input_scale, layer.input_zero_point = choose_qparams(0.0, 1.0)
