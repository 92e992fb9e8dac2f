"""Records all inputs first, but makes each quantized layer when it is replaced."""

EXERCISE = "quantize_model"
MESSAGE = r"NaN in the last layer.*half quantized"


def replace_one_by_one(model, inputs, quantized):
    for position, layer in enumerate(model.layers):
        if isinstance(layer, Sequential):
            replace_one_by_one(layer, inputs, quantized)
        elif isinstance(layer, Linear):
            if layer not in quantized:
                quantized[layer] = QuantizedLinear(layer)
                if layer in inputs:
                    quantized[layer].calibrate(inputs[layer])
            model.layers[position] = quantized[layer]


def quantize_model(model, calibration_data=None):
    inputs = {}
    for batch in calibration_data or []:
        collect_inputs(model, batch, inputs)
    replace_one_by_one(model, inputs, {})
