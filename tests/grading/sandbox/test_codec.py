"""Messages come through as they were, and what is none is refused before any of it is used."""

import contextlib
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tinytorch.core import Tensor
from tinytorch.grading.sandbox.inside.codec import pack, unpack
from tinytorch.grading.sandbox.inside.protocol import (
    DTYPES,
    Limits,
    MalformedMessageError,
    Message,
    NewLayer,
    RemoteReference,
)

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(sorted(DTYPES)).flatmap(
        lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=4))
    )
)
messages = st.recursive(
    leaves,
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.lists(parts, max_size=4).map(tuple)
        | st.dictionaries(st.text("abcde", max_size=3) | st.integers(0, 9), parts, max_size=4)
    ),
    max_leaves=20,
)


def same(one, other):
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()
    elif isinstance(one, (list, tuple)):
        assert (type(one), len(one)) == (type(other), len(other))
        for pair in zip(one, other, strict=True):
            same(*pair)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            same(one[key], other[key])
    else:
        assert (type(one), one) == (type(other), other)


@given(messages)
def test_a_message_comes_through_as_it_was(message):
    same(unpack(pack(message)), message)


def test_arrays_come_in_the_order_of_the_machine_and_of_c():
    values = np.arange(6, dtype=">i4").reshape(2, 3).T
    (came,) = unpack(pack([values]))
    assert came.dtype == np.dtype("<i4")
    assert came.tolist() == values.tolist()


def test_no_two_arrays_share_memory_and_all_can_be_written():
    document, buffers = pack([np.zeros(2), np.zeros(2, bool)])
    content = bytearray(buffers)
    one, other = unpack(Message(document, content))
    one[:] = 1
    other[:] = True
    assert not any(content)


def test_a_tensor_a_layer_and_a_reference_come_through_as_what_they_are():
    reference, array = RemoteReference(3, "Linear"), np.ones((2, 3), np.float32)
    came = unpack(pack([Tensor(array), reference, NewLayer("linear", (array, None))]), list_of)
    assert type(came[0]) is Tensor
    same(came[0].data, array)
    assert came[1] == [reference]
    assert came[1][0].type_name == "Linear"
    assert came[2][0].kind == "linear"
    same(came[2][0].arguments, (array, None))


def list_of(value):
    return [value]


def test_other_objects_stay_where_they_are_and_references_are_sent_for_them():
    kept = []

    def refer(value):
        kept.append(value)
        return RemoteReference(len(kept) - 1, type(value).__name__)

    came = unpack(pack({"layer": object(), "more": [1j]}, refer))
    assert came == {"layer": RemoteReference(0), "more": [RemoteReference(1)]}
    assert [type(value) for value in kept] == [object, complex]


def test_the_grader_makes_no_layers():
    with pytest.raises(MalformedMessageError, match="an unknown kind"):
        unpack(pack(NewLayer("relu")))


@pytest.mark.parametrize(
    "value",
    [
        object(), {(1,): 2}, b"bytes", 2**64, -(2**63) - 1, 1j, "x" * 100_001,
        np.zeros(1, complex), np.array([None]), np.zeros(1, "M8[s]"), np.zeros(1, "U3"),
        np.zeros((1,) * 9), [0] * 100_001, np.zeros(2, [("a", "i4")]),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_cannot_be_sent_is_refused(value):
    with pytest.raises(MalformedMessageError):
        unpack(pack({"value": value}))


def test_half_a_character_is_replaced():
    assert unpack(pack("a\ud800b")) == "a?b"


@pytest.mark.parametrize(
    ("document", "buffers"),
    [
        ("nonsense", b""),
        ("[", b""),
        ("[]", b""),
        ("[" * 100_000 + "]" * 100_000, b""),
        ('{"list": ' * 30 + "1" + "}" * 30, b""),
        ('{"list": [' + "0," * 100_001 + "0]}", b""),
        ('{"list": 1}', b""),
        ('{"tuple": {}}', b""),
        ('{"dict": [[1]]}', b""),
        ('{"dict": {"a": 1}}', b""),
        ('{"dict": [[{"list": []}, 1]]}', b""),
        ('{"object": -1}', b""),
        ('{"object": [-1, "a"]}', b""),
        ('{"object": [true, "a"]}', b""),
        ('{"object": [1, 2]}', b""),
        ('{"layer": ["relu", []]}', b""),
        ('{"other": []}', b""),
        ("{}", b""),
        ("9" * 5000, b""),
        ("18446744073709551616", b""),
        ('"\\ud800"', b""),
        ('"' + "x" * 100_001 + '"', b""),
        ("1", b"x"),
        ('{"array": ["<f4", [2]]}', bytes(4)),
        ('{"array": ["<f4", [2]]}', bytes(12)),
        ('{"array": ["<f4", [-1]]}', b""),
        ('{"array": ["<f4", [1.0]]}', bytes(4)),
        ('{"array": ["<f4", [true]]}', bytes(4)),
        ('{"array": ["<f4", 1]}', bytes(4)),
        ('{"array": ["<f4", [0, 99999999999]]}', b""),
        ('{"array": ["|O8", [1]]}', bytes(8)),
        ('{"array": [["<f4"], [1]]}', bytes(4)),
        ('{"array": ["<f4", [1]], "x": 1}', bytes(4)),
        ('{"array": ["<f4", [1]], "tensor": ["<f4", [1]]}', bytes(8)),
        ('{"tensor": 1}', b""),
        ('{"list": [{"array": ["<f4", [1]]}, {"array": ["<f4", [1]]}]}', bytes(4)),
    ],
)
def test_what_is_not_a_message_is_refused_by_the_reader(document, buffers):
    with pytest.raises(MalformedMessageError):
        unpack(Message(document.encode(), buffers))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(document, buffers):
    with contextlib.suppress(MalformedMessageError):
        pack(unpack(Message(document, buffers)))


@given(
    st.sampled_from(["array", "tensor", "list", "tuple", "dict", "object", "layer"]),
    st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=9),
)
def test_any_json_of_any_kind_is_a_value_or_refused(kind, content):
    document = json.dumps({kind: content}).encode()
    for resolve in (None, list_of):
        with contextlib.suppress(MalformedMessageError):
            unpack(Message(document, bytes(8)), resolve)


def test_a_bool_is_zero_or_one_whatever_came():
    came = unpack(Message(b'{"array": ["|b1", [3]]}', bytes([0, 1, 2])))
    assert came.view(np.uint8).tolist() == [0, 1, 1]


def test_numbers_that_are_not_finite_come_through():
    nan, infinite = unpack(pack((math.nan, math.inf)))
    assert math.isnan(nan)
    assert infinite == math.inf


def test_limits_can_be_set():
    with pytest.raises(MalformedMessageError, match="more than 100"):
        pack(np.zeros(101, np.int8), limits=Limits(total=100))
