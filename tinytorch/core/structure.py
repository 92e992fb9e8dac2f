"""What a model is made of, for code that takes its layers out, copies or replaces them.

Such code would lose a forward that a subclass defines, so it asks here first.
"""

from __future__ import annotations

from typing import Any

from tinytorch.core.layers import Linear, Sequential, leaf_layers


def flat_layers(model: Any) -> list[tuple[str, Any]]:
    """The layers of a model as `leaf_layers` gives them, if one after another they are the model.

    Args:
        model: a Sequential.

    Returns:
        A list of (name, layer).

    Raises:
        TypeError: if the model is not a Sequential, or one in it has a forward of its own, which
            would be lost when its layers are taken out.
        ValueError: if a Sequential contains itself.
    """
    layers = list(leaf_layers(model))
    containers = [model]
    for container in containers:
        containers += [layer for layer in container.layers if isinstance(layer, Sequential)]
        kind = type(container)
        if kind.forward is not Sequential.forward or kind.__call__ is not Sequential.__call__:
            raise TypeError(
                f"{kind.__name__} is a Sequential with a forward of its own, which would be lost "
                "here"
            )
    return layers


def is_linear(layer: Any) -> bool:
    """Whether a layer is a Linear and computes what Linear computes.

    Raises:
        TypeError: if it is a subclass with a forward of its own, which other code would lose.
    """
    if not isinstance(layer, Linear):
        return False
    kind = type(layer)
    if kind.forward is not Linear.forward or kind.__call__ is not Linear.__call__:
        raise TypeError(
            f"{kind.__name__} is a Linear with a forward of its own, which would be lost here"
        )
    return True
