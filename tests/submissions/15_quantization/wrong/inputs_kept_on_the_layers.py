"""Leaves the inputs that it has collected on the quantized layers."""

EXERCISE = "quantize_model"
ROW, POINTS = "The calibration data stay as they were, and are not kept", 1
MESSAGE = r"what stores the inputs of the layers"


_quantize_model = quantize_model


def quantize_model(model, calibration_data=None):
    inputs = {}
    for batch in calibration_data or []:
        collect_inputs(model, batch, inputs)
    before = list(linears_of(model))
    _quantize_model(model, calibration_data)
    for old, new in zip(before, quantized_of(model), strict=True):
        new.inputs = inputs.get(old)


def quantized_of(model):
    for layer in model.layers:
        if isinstance(layer, Sequential):
            yield from quantized_of(layer)
        elif isinstance(layer, QuantizedLinear):
            yield layer
