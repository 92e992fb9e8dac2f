"""Takes the batches out of the caller's list."""

EXERCISE = "quantize_model"
ROW, POINTS = "The calibration data stay as they were, and are not kept", 1
MESSAGE = r"the list of calibration data is another one"


def quantize_model(model, calibration_data=None):
    inputs = {}
    if calibration_data is not None:
        if not calibration_data:
            raise ValueError("no batches")
        while calibration_data:
            collect_inputs(model, calibration_data.pop(0), inputs)
    quantized = {layer: QuantizedLinear(layer) for layer in dict.fromkeys(linears_of(model))}
    for layer, samples in inputs.items():
        quantized[layer].calibrate(samples)
    replace_linears(model, quantized)
