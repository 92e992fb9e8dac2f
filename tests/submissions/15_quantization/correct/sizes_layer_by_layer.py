"""Adds up memory_usage of the quantized layers, and nbytes of the others."""


def layers_of(model):
    found = []
    for layer in model.layers:
        found += layers_of(layer) if isinstance(layer, Sequential) else [layer]
    return found


def analyze_model_sizes(original, quantized):
    sizes = {}
    for name, model in (("original", original), ("quantized", quantized)):
        layers = list({id(layer): layer for layer in layers_of(model)}.values())
        sizes[f"{name}_params"] = sum(int(np.prod(p.shape)) for p in model.parameters())
        sizes[f"{name}_bytes"] = sum(
            layer.memory_usage()["quantized_bytes"]
            if isinstance(layer, QuantizedLinear)
            else sum(p.nbytes for p in layer.parameters())
            for layer in layers
        )
    saved = sizes["original_bytes"] - sizes["quantized_bytes"]
    sizes["compression_ratio"] = np.float64(sizes["original_bytes"]) / sizes["quantized_bytes"]
    sizes["memory_saved_mb"] = saved / 1_000_000
    sizes["memory_saved_percent"] = saved / sizes["original_bytes"] * 100
    return sizes
