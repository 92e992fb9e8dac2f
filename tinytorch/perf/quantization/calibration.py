"""How calibration data flow: batches one at a time, observers at the inputs of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, as_layer_input
from tinytorch.core.progress import track
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.observers import Observer
from tinytorch.perf.quantization.validation import described, naming


def calibration_batches(
    batches: Iterable[Any], name: str, progress: bool | None, argument: str = "calibration_data"
) -> Iterator[tuple[int, Tensor]]:
    """Yield (position, batch) from calibration data after checking that they are Tensors.

    Args:
        batches: any iterable of Tensors or of what has `__array__`, such as PyTorch's tensors; one
            is asked for at a time, none is kept, and those without samples are passed over.
        name: the function they were given to, to begin an error with.
        progress: as in `tinytorch.core.progress.track`.
        argument: the name under which the function takes them.

    Yields:
        (position from 0, batch as a Tensor).

    Raises:
        TypeError: if the data are not an iterable of Tensors.
        ValueError: if there are none.
    """
    if hasattr(batches, "__array__"):
        raise TypeError(
            f"{name} expects a list (or any iterable) of Tensors, got one {described(batches)} "
            f"of shape {np.shape(np.asarray(batches))}; put it in a list: [data]"
        )
    if not isinstance(batches, Iterable) or isinstance(batches, (str, bytes, dict)):
        raise TypeError(f"{name} expects an iterable of Tensors, got {described(batches)}")
    first_empty = ""
    any_samples = False
    for position, batch in enumerate(track(batches, "calibrating", progress)):
        if not hasattr(batch, "__array__"):
            raise TypeError(
                f"{name} expects an iterable of Tensors, got {described(batch)} "
                f"at position {position}; for (inputs, labels) pairs: [x for x, _ in data], "
                "for rows of numbers: [Tensor(rows)]"
            )
        tensor = batch if isinstance(batch, Tensor) else Tensor(batch)
        if tensor.ndim > 1 and 0 in tensor.shape[:-1]:  # no samples, such as a loader's last batch
            first_empty = first_empty or f"{argument}[{position}] of shape {tensor.shape} is empty"
            continue
        any_samples = True
        yield position, tensor
    if not any_samples:
        why = first_empty or "the iterable is empty or used up"
        raise ValueError(f"{name} got no calibration samples: {why}")


@contextmanager
def watching_inputs(
    layers: list[Linear], observers: dict[int, Observer], reached: set[int] | None = None
) -> Iterator[None]:
    """Let each layer's observer see the layer's inputs as long as the context lasts.

    Whoever calls a layer in that time is seen, so that a model with a forward of its own works.

    Args:
        layers: the layers to watch, each once.
        observers: the observer of each layer by the layer's id.
        reached: gets the ids of the layers whose observers have seen something.
    """
    reached = set() if reached is None else reached

    def watched(layer: Linear) -> Callable[[Tensor], Tensor]:
        forward = layer.forward

        def observe_then_forward(x: Tensor) -> Tensor:
            x = as_layer_input(x, layer)
            reached.add(id(layer))
            with naming(f"the input of {layer!r}"):
                observers[id(layer)].update(x.data.astype(np.float32, copy=False))
            return forward(x)

        return observe_then_forward

    own = {id(layer): vars(layer).get("forward") for layer in layers}
    for layer in layers:
        layer.forward = watched(layer)  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        for layer in layers:
            forward = own[id(layer)]
            if forward is None:
                del layer.forward
            else:
                layer.forward = forward  # type: ignore[method-assign]
