"""Calibrates while replacing, so that later inputs come from layers that are quantized already."""

EXERCISE = "quantize_model"
MESSAGE = r"Linear 1 .*computed by layers that are quantized already"


def quantize_in_order(model, batches):
    for position, layer in enumerate(model.layers):
        if isinstance(layer, Sequential):
            batches = quantize_in_order(layer, batches)
            continue
        if isinstance(layer, Linear):
            layer = model.layers[position] = QuantizedLinear(layer)
            if batches:
                layer.calibrate(batches)
        batches = [layer(batch) for batch in batches]
    return batches


def quantize_model(model, calibration_data=None):
    quantize_in_order(model, list(calibration_data or []))
