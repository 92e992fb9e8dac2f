"""Finds layers wherever a model keeps them: in Sequentials, and in what users write themselves.

The layers of a Sequential have the path of their positions as their name, such as "2.1". So have
those of any object that can be called and has a list `layers`. A layer in an attribute, a list, a
tuple or a dict has its name or position there, such as "2.heads.0". What holds a layer so that
nobody can put another one in its place (a set, the closure of a function) is looked into as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from tinytorch.core.tensor import Tensor

Put = Callable[[Any], None]
# What holds no layers, or is not looked into.
CLOSED = (
    *(Tensor, np.ndarray, np.generic, str, bytes, bytearray, int, float, complex, type(None)),
    *(type, ModuleType, BuiltinFunctionType),
)


class Place(NamedTuple):
    """Where a layer is.

    Attributes:
        name: the path to it.
        layer: what is there.
        put: puts something else there; None if that is not possible.
        above: the ids of the containers that it is in, for `places` itself.
    """

    name: str
    layer: Any
    put: Put | None
    above: tuple[int, ...] = ()


def attribute(value: Any, name: str) -> Any:
    """An attribute, or None: some objects answer for one that they lack with any exception."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None


def is_container(value: Any) -> bool:
    """Whether something is a Sequential or like one: it can be called and has a list `layers`."""
    layers = attribute(value, "layers")
    return callable(value) and not isinstance(value, type) and isinstance(layers, (list, tuple))


def places(model: Any, wanted: Callable[[Any], bool]) -> Iterator[Place]:
    """Walk through all that a model holds, in order.

    Args:
        model: a Sequential, or any object.
        wanted: says what to give; it is not looked into.

    Yields:
        A Place for each. What is in two places comes twice, but not what is in one that is itself
        in two.

    Raises:
        ValueError: if a Sequential, or what is like one, contains itself.
    """
    seen: dict[int, Any] = {}  # kept, so that no other object gets the id of one of these
    todo: list[Iterator[Place]] = [iter([Place("", model, None)])]
    while todo:
        place = next(todo[-1], None)
        if place is None:
            todo.pop()
            continue
        value = place.layer
        if isinstance(value, CLOSED):
            continue
        if wanted(value):
            yield place
            continue
        if id(value) in place.above:
            raise ValueError(f"the {type(value).__name__} at '{place.name}' contains itself")
        if id(value) not in seen:
            seen[id(value)] = value
            todo.append(_inside(place))


def _inside(place: Place) -> Iterator[Place]:
    """The places in what is at a place."""
    value, prefix = place.layer, f"{place.name}." if place.name else ""
    skipped = None
    if is_container(value):
        skipped, above = "layers", (*place.above, id(value))
        put_all = functools.partial(setattr, value, "layers")
        for key, child, put in _elements(value.layers, put_all):
            yield Place(f"{prefix}{key}", child, put, above)
    for key, child, put in _elements(value, place.put):
        if key != skipped:
            yield Place(f"{prefix}{key}", child, put)


def _elements(value: Any, put: Put | None) -> Iterator[tuple[str, Any, Put | None]]:
    """(key, what is there, how to replace it) of all that a value holds."""
    if isinstance(value, list):
        for position, child in enumerate(value):
            yield str(position), child, functools.partial(value.__setitem__, position)
    elif isinstance(value, tuple):
        yield from _of_tuple(value, put)
    elif isinstance(value, dict):
        for key, child in list(value.items()):
            yield str(key), child, functools.partial(value.__setitem__, key)
    elif isinstance(value, (set, frozenset)):
        for child in value:
            yield "(a set)", child, None
    elif isinstance(value, FunctionType):
        names = value.__code__.co_freevars
        for name, cell in zip(names, value.__closure__ or (), strict=True):
            try:
                yield f"{value.__name__}().{name}", cell.cell_contents, None
            except ValueError:  # nothing was assigned to it yet
                continue
    elif isinstance(value, MethodType):
        yield f"{value.__name__}()", value.__self__, None
    elif isinstance(value, functools.partial):
        for child in (value.func, *value.args, *value.keywords.values()):
            yield "(a partial)", child, None
    if not isinstance(value, FunctionType):
        yield from _attributes(value)


def _of_tuple(value: tuple[Any, ...], put: Put | None) -> Iterator[tuple[str, Any, Put | None]]:
    """A tuple is replaced as a whole, by one with all that was put in its places so far."""
    now = list(value)

    def put_at(position: int, new: Any) -> None:
        now[position] = new
        if put is not None:
            put(type(value)(*now) if hasattr(value, "_fields") else type(value)(now))

    for position, child in enumerate(value):
        yield str(position), child, functools.partial(put_at, position) if put else None


def _attributes(value: Any) -> Iterator[tuple[str, Any, Put | None]]:
    names = [*getattr(value, "__dict__", ())]
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    for name in names:
        try:
            child = object.__getattribute__(value, name)
        except AttributeError:  # a slot that is empty
            continue
        yield name, child, functools.partial(setattr, value, name)
