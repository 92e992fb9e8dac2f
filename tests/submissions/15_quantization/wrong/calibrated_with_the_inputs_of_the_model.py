"""Calibrates every layer with the data of the model, not with what reaches the layer."""

EXERCISE = "quantize_model"
MESSAGE = r"Linear 1 was calibrated with the inputs of the model"


def collect_inputs(model, x, inputs):
    for layer in model.layers:
        if isinstance(layer, Sequential):
            collect_inputs(layer, x, inputs)
        elif isinstance(layer, Linear):
            inputs.setdefault(layer, []).append(x)


def quantize_model(model, calibration_data=None):
    batches = list(calibration_data or [])
    inputs = {}
    for batch in batches:
        model(batch)  # a batch that does not fit is an error
        collect_inputs(model, batch, inputs)
    quantized = {layer: QuantizedLinear(layer) for layer in linears_of(model)}
    for layer, samples in inputs.items():
        quantized[layer].calibrate(samples)
    replace_linears(model, quantized)
