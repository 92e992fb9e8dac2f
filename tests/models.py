"""Small layers, models and inputs that several tests use."""

import numpy as np

from tinytorch import Linear, ReLU, Sequential, Tensor


def make(in_features=20, out_features=5, bias=True, seed=0):
    rng = np.random.default_rng(seed)
    linear = Linear(in_features, out_features, bias=bias, rng=rng)
    if bias:
        linear.bias = Tensor(rng.normal(size=out_features))
    return linear


def inputs(rows, features=20, seed=1):
    return Tensor(np.random.default_rng(seed).normal(size=(rows, features)))


def restored(layer):
    """Weight and bias in float64, from codes and parameters by the definition."""
    pairs = [(layer.q_weight, layer.weight_scale, layer.weight_zero_point)]
    if layer.q_bias is not None:
        pairs.append((layer.q_bias, layer.bias_scale, layer.bias_zero_point))
    arrays = [(codes.data.astype(np.float64) - zero) * scale for codes, scale, zero in pairs]
    return arrays if len(arrays) == 2 else [arrays[0], 0.0]


def network(seed=0, nested=False):
    rng = np.random.default_rng(seed)
    layers = Linear(6, 8, rng=rng), ReLU(), Linear(8, 7, rng=rng), ReLU(), Linear(7, 3, rng=rng)
    return (
        Sequential(layers[0], Sequential(*layers[1:4]), layers[4])
        if nested
        else Sequential(*layers)
    )


def batches(count=4, seed=1):
    rng = np.random.default_rng(seed)
    # The third batch has the widest range.
    return [Tensor(rng.normal(size=(5, 6)) * (1 + n % 3)) for n in range(count)]


def state(model):
    """The layers themselves, their attributes and bits: equal only if nothing changed."""
    if isinstance(model, Sequential):
        return [id(model), [state(layer) for layer in model.layers]]
    return id(model), sorted(vars(model)), [p.data.tobytes() for p in model.parameters()]
