"""What a model is made of, for code that takes its layers out, copies or replaces them.

Such code would lose a forward that a subclass defines, or that somebody has put on a layer, so it
asks here first.
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
            would be lost when its layers are taken out; or if a layer was given another forward.
        ValueError: if a Sequential contains itself.
    """
    layers = list(leaf_layers(model))
    containers = [("", model)]
    for path, container in containers:
        containers += [
            (f"{path}{position}.", layer)
            for position, layer in enumerate(container.layers)
            if isinstance(layer, Sequential)
        ]
        kind = type(container)
        if kind.forward is not Sequential.forward or kind.__call__ is not Sequential.__call__:
            raise TypeError(
                f"{kind.__name__} is a Sequential with a forward of its own, which would be lost "
                "here"
            )
        refuse_patched(container, f"the Sequential at '{path[:-1]}'" if path else "the model")
    for name, layer in layers:
        refuse_patched(layer, f"layer {name}")
    return layers


def refuse_patched(layer: Any, name: str) -> None:
    """Refuse a layer on which somebody has put another forward, which other code would lose.

    Raises:
        TypeError: if it has one.
    """
    if "forward" in getattr(layer, "__dict__", ()):
        raise TypeError(
            f"{name}, {layer!r}, was given another forward, which would be lost here; define a "
            "layer of your own that computes it"
        )


def is_linear(layer: Any) -> bool:
    """Whether a layer is a Linear and computes what Linear computes.

    Raises:
        TypeError: if it is a subclass with a forward of its own, or was given another one, which
            other code would lose.
    """
    if not isinstance(layer, Linear):
        return False
    refuse_patched(layer, "this layer")
    kind = type(layer)
    if kind.forward is not Linear.forward or kind.__call__ is not Linear.__call__:
        raise TypeError(
            f"{kind.__name__} is a Linear with a forward of its own, which would be lost here"
        )
    return True
