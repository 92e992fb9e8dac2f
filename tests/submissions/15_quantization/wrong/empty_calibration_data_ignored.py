"""Takes an empty list for no calibration at all."""

EXERCISE = "quantize_model"
ROW, POINTS = "An empty list of calibration data is refused", 1
MESSAGE = r"should raise a ValueError, but nothing was raised: an empty list is not None"


def quantize_model(model, calibration_data=None):
    inputs = {}
    if calibration_data:
        for batch in calibration_data:
            collect_inputs(model, batch, inputs)
    quantized = {layer: QuantizedLinear(layer) for layer in dict.fromkeys(linears_of(model))}
    for layer, samples in inputs.items():
        quantized[layer].calibrate(samples)
    replace_linears(model, quantized)
