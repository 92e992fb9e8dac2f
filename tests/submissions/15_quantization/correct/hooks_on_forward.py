"""Notes the inputs of layers by hooks in the place of their forward, which are taken off again."""


def linear_layers(model):
    for layer in model.layers:
        if isinstance(layer, Sequential):
            yield from linear_layers(layer)
        elif isinstance(layer, Linear):
            yield layer


def quantize_model(model, calibration_data=None):
    if calibration_data is not None and len(calibration_data) == 0:
        raise ValueError("no data to calibrate with")
    seen = {}

    def hooked(layer):
        compute = layer.forward
        seen[id(layer)] = []

        def forward(x):
            seen[id(layer)].append(x)
            return compute(x)

        return forward

    layers = {id(layer): layer for layer in linear_layers(model)}
    for layer in layers.values():
        layer.forward = hooked(layer)
    try:
        for batch in calibration_data or ():
            model.forward(batch)
    finally:
        for layer in layers.values():
            del layer.forward
    new = {key: QuantizedLinear(layer) for key, layer in layers.items()}
    for key, layer in new.items():
        if seen[key]:
            layer.calibrate(seen[key])

    def exchange(container):
        container.layers = [
            exchange(each) if isinstance(each, Sequential) else new.get(id(each), each)
            for each in container.layers
        ]
        return container

    exchange(model)
