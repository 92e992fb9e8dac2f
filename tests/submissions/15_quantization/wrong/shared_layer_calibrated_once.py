"""Notes the inputs of a layer in the first place where it stands, and not in the second."""

EXERCISE = "quantize_model"
MESSAGE = r"layer appears twice: the inputs range from"


def collect_inputs(model, x, inputs):
    seen = set()
    for layer in model.layers:
        if isinstance(layer, Sequential):
            x = collect_inputs(layer, x, inputs)
        else:
            if isinstance(layer, Linear) and layer not in seen:
                inputs.setdefault(layer, []).append(x)
                seen.add(layer)
            x = layer(x)
    return x
