"""Layers are found wherever a model keeps them, and can be replaced where that is possible."""

import functools
from typing import NamedTuple

import pytest

from tinytorch import Linear, ReLU, Sequential
from tinytorch.core.walk import places
from tinytorch.perf.quantization import analyze_model_sizes, quantize_model


def linears(model):
    return list(places(model, lambda value: isinstance(value, Linear)))


def names(model):
    return [place.name for place in linears(model)]


class Pair(NamedTuple):
    first: object
    second: object


class Block:
    def __init__(self, **parts):
        vars(self).update(parts)

    def __call__(self, x):
        return x


class Slotted:
    __slots__ = ("empty", "fc")

    def __init__(self):
        self.fc = Linear(2, 2)


def test_layers_of_sequentials_have_the_names_of_their_positions():
    model = Sequential(Linear(2, 2), Sequential(ReLU(), Linear(2, 2)), Linear(2, 2))
    assert names(model) == ["0", "1.1", "2"]


def test_layers_of_blocks_have_the_names_of_attributes():
    block = Block(
        fc=Linear(2, 2), heads=[Linear(2, 2), {"a": Linear(2, 2), 3: (Linear(2, 2),)}],
        pair=Pair(Linear(2, 2), None), slotted=Slotted(), number=3, text="Linear",
    )  # fmt: skip
    model = Sequential(ReLU(), block)
    expected = ["fc", "heads.0", "heads.1.a", "heads.1.3.0", "pair.0", "slotted.fc"]
    assert names(model) == [f"1.{name}" for name in expected]
    assert names(block) == expected


def test_what_is_like_a_sequential_counts_as_one():
    inner = Block(layers=[Linear(2, 2), Block(layers=(ReLU(), Linear(2, 2)))], head=Linear(2, 2))
    assert names(inner) == ["0", "1.1", "head"]
    assert names(Sequential(inner)) == ["0.0", "0.1.1", "0.head"]


@pytest.mark.parametrize(
    "model",
    [
        Sequential(Linear(2, 2), Block(fc=Linear(2, 2), more={"x": [Slotted()]})),
        Block(layers=(Linear(2, 2), ReLU(), Linear(2, 2)), both=((Linear(2, 2),), Linear(2, 2))),
        Block(pair=Pair(Linear(2, 2), Linear(2, 2))),
    ],
)
def test_every_place_takes_another_layer(model):
    found = linears(model)
    new = {place.name: Linear(2, 2) for place in found}
    for place in found:
        place.put(new[place.name])
    assert {place.name: place.layer for place in linears(model)} == new


def test_a_layer_in_two_places_comes_twice_and_one_in_a_block_in_two_places_once():
    layer = Linear(2, 2)
    block = Block(fc=Linear(2, 2))
    assert names(Sequential(layer, block, layer, block)) == ["0", "1.fc", "2"]


def test_what_nobody_can_replace_is_found_too():
    layer = Linear(2, 2)

    def closure(x):
        return layer(x)

    bound = Block(fc=layer).__call__
    for holder, name in (
        ({layer}, "s.(a set)"), (closure, "s.closure().layer"), (layer.forward, "s.forward()"),
        (functools.partial(layer), "s.(a partial)"),
    ):  # fmt: skip
        (place,) = linears(Block(s=holder))
        assert (place.name, place.put) == (name, None)
    (place,) = linears(Block(s=bound))
    assert (place.name, place.put is None) == ("s.__call__().fc", False)


def test_what_contains_itself_is_an_error_if_it_would_run_for_ever():
    model = Sequential(Linear(2, 2))
    model.layers.append(Sequential(model))
    with pytest.raises(ValueError, match=r"the Sequential at '1\.0' contains itself"):
        linears(model)


def test_a_block_that_knows_its_model_is_none():
    block = Block(fc=Linear(2, 2))
    model = Sequential(block)
    block.model = model
    assert names(model) == ["0.fc"]


class Config:
    """What answers for an attribute that it lacks with an error of its own."""

    def __getattr__(self, name):
        raise KeyError(name)

    def __call__(self):
        return None


def test_objects_that_raise_for_what_they_lack_are_passed_over():
    model = Block(config=Config(), fc=Linear(2, 2))
    assert names(model) == ["fc"]
    original, model.config = Block(fc=Linear(2, 2)), Config()
    quantize_model(model)
    assert analyze_model_sizes(original, model)["original_params"] == 6


def test_long_chains_are_followed():
    model = Block(fc=Linear(2, 2))
    for _ in range(5000):
        model = Block(next=model)
    assert len(linears(model)) == 1
