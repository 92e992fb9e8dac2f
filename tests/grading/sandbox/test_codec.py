"""Messages come through as they were, and what is none is refused before any of it is used."""

import contextlib
import json
import math
import socket
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tinytorch.grading.sandbox.replies import checked_errors, checked_reply

from tinytorch.grading.sandbox.inside.channel import HEADER, Channel, Closed, TooLate
from tinytorch.grading.sandbox.inside.protocol import DTYPES, Limits, Malformed, pack, unpack

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
        | st.dictionaries(st.text("abcde", max_size=3), parts, max_size=4)
    ),
    max_leaves=20,
)


def same(one, other):
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()
    elif isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            same(*pair)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            same(one[key], other[key])
    else:
        assert (type(one), one) == (type(other), other)


@pytest.fixture
def ends():
    one, other = socket.socketpair()
    with one, other:
        yield one, Channel(other)


@given(messages)
def test_a_message_comes_through_as_it_was(message):
    _, document, *buffers = pack(message)
    same(unpack(document, bytearray(b"".join(buffers))), message)


def test_arrays_come_in_the_order_of_the_machine_and_of_c():
    values = np.arange(6, dtype=">i4").reshape(2, 3).T
    _, document, buffer = pack([values])
    (came,) = unpack(document, bytearray(buffer))
    assert came.dtype == np.dtype("<i4")
    assert came.tolist() == values.tolist()


def test_no_two_arrays_share_memory_and_all_can_be_written():
    _, document, *buffers = pack([np.zeros(2), np.zeros(2, bool)])
    content = bytearray(b"".join(buffers))
    one, other = unpack(document, content)
    one[:] = 1
    other[:] = True
    assert not any(content)


@pytest.mark.parametrize(
    "value",
    [
        object(), {1: 2}, {"nd": 1}, b"bytes", 2**64, -(2**63) - 1, 1j, "x" * 100_001,
        np.zeros(1, complex), np.array([None]), np.zeros(1, "M8[s]"), np.zeros(1, "U3"),
        np.zeros((1,) * 9), [0] * 100_001, np.zeros(2, [("a", "i4")]),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_by_the_writer(value):
    with pytest.raises(Malformed):
        pack({"value": value})


def test_half_a_character_is_replaced():
    _, document = pack("a\ud800b")
    assert unpack(document, bytearray()) == "a?b"


@pytest.mark.parametrize(
    ("plain", "buffer"),
    [
        ("nonsense", b""),
        ("[", b""),
        ("[" * 30 + "]" * 30, b""),
        ("[" * 100_000 + "]" * 100_000, b""),
        ("[" + "0," * 100_001 + "0]", b""),
        ("9" * 5000, b""),
        ("18446744073709551616", b""),
        ('"\\ud800"', b""),
        ('{"\\udfff": 1}', b""),
        ('"' + "x" * 100_001 + '"', b""),
        ("1", b"x"),
        ('{"nd": ["<f4", [2]]}', bytes(4)),
        ('{"nd": ["<f4", [2]]}', bytes(12)),
        ('{"nd": ["<f4", [-1]]}', b""),
        ('{"nd": ["<f4", [1.0]]}', bytes(4)),
        ('{"nd": ["<f4", [true]]}', bytes(4)),
        ('{"nd": ["<f4", 1]}', bytes(4)),
        ('{"nd": ["<f4", [0, 99999999999]]}', b""),
        ('{"nd": ["|O8", [1]]}', bytes(8)),
        ('{"nd": [["<f4"], [1]]}', bytes(4)),
        ('{"nd": ["<f4", [1]], "x": 1}', bytes(4)),
        ('{"nd": 1}', b""),
        ('[{"nd": ["<f4", [1]]}, {"nd": ["<f4", [1]]}]', bytes(4)),
    ],
)
def test_what_is_no_message_is_refused_by_the_reader(plain, buffer):
    with pytest.raises(Malformed):
        unpack(plain.encode(), bytearray(buffer))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(document, buffers):
    with contextlib.suppress(Malformed):
        pack(unpack(document, bytearray(buffers)))


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_any_json_in_an_array_is_an_array_or_refused(described):
    document = json.dumps({"nd": described}).encode()
    with contextlib.suppress(Malformed):
        assert isinstance(unpack(document, bytearray(8)), np.ndarray)


def test_a_bool_is_zero_or_one_whatever_came():
    came = unpack(b'{"nd": ["|b1", [3]]}', bytearray([0, 1, 2]))
    assert came.view(np.uint8).tolist() == [0, 1, 1]


def test_numbers_that_are_not_finite_come_through():
    _, document = pack([math.nan, math.inf])
    assert [math.isnan(unpack(document, bytearray())[0]), unpack(document, bytearray())[1]] == [
        True,
        math.inf,
    ]


@pytest.mark.parametrize("lengths", [(2 << 20, 0), (1, 65 << 20), (0xFFFFFFFF, 2**64 - 1)])
def test_too_much_is_refused_before_it_is_read(ends, lengths):
    raw, channel = ends
    raw.sendall(HEADER.pack(*lengths))
    with pytest.raises(Malformed, match="are more than"):
        channel.receive(time.monotonic() + 5)


def test_large_messages_go_both_ways(ends):
    raw, channel = ends
    values = np.random.default_rng(0).normal(size=(1000, 1000))
    writer = threading.Thread(target=Channel(raw).send, args=({"a": values, "b": values[:3]},))
    writer.start()
    came = channel.receive(time.monotonic() + 10)
    writer.join()
    np.testing.assert_array_equal(came["a"], values)
    np.testing.assert_array_equal(came["b"], values[:3])


def test_the_deadline_holds_although_bytes_keep_dripping(ends):
    raw, channel = ends
    stop = threading.Event()

    def drip():
        raw.sendall(HEADER.pack(1000, 0))
        while not stop.wait(0.02):
            raw.sendall(b" ")

    writer = threading.Thread(target=drip)
    writer.start()
    started = time.monotonic()
    with pytest.raises(TooLate):
        channel.receive(started + 0.3)
    assert time.monotonic() - started < 2
    stop.set()
    writer.join()


def test_the_deadline_holds_for_a_reader_that_does_not_read(ends):
    _, channel = ends
    with pytest.raises(TooLate):
        channel.send(np.zeros(1 << 20), time.monotonic() + 0.2)


def test_the_end_of_the_stream_is_said(ends):
    raw, channel = ends
    raw.sendall(HEADER.pack(10, 0) + b"123")
    raw.close()
    with pytest.raises(Closed):
        channel.receive(time.monotonic() + 5)


def test_limits_can_be_set():
    with pytest.raises(Malformed, match="more than 100"):
        pack(np.zeros(101, np.int8), Limits(total=100))


@pytest.mark.parametrize(
    "reply",
    [
        None, [], {}, {"value": 1, "x": 1}, {"value": [1]}, {"value": {}}, {"error": 1},
        {"error": "E", "message": 1}, {"error": "E", "message": "", "trace": 3},
        {"error": "E", "message": "", "trace": [], "more": ""}, {"error": "E", "message": ""},
        {"error": "E", "message": "", "trace": [[]]},
        {"error": "E", "message": "", "trace": [["cell 1", 1.0, "f", "x"]]},
        {"error": "E", "message": "", "trace": [["cell 1", 1, "f", "x"]] * 21},
        {"value": {"tensor": 1}},
        {"value": {"array": [1.0]}}, {"value": {"tuple": 1}}, {"value": {"list": [[1]]}},
        {"value": {"dict": [[1]]}}, {"value": {"dict": {"a": 1}}}, {"value": {"object": -1}},
        {"value": {"object": True}}, {"value": {"object": 1, "type": 2}}, {"value": {"other": 1}},
        {"value": {"array": np.zeros(1), "tensor": np.zeros(1)}},
    ],
    ids=str,
)  # fmt: skip
def test_a_message_that_is_no_reply_is_refused(reply):
    with pytest.raises(Malformed):
        checked_reply(reply)


def test_a_reply_comes_through_as_it_was():
    value = {"tuple": [{"tensor": np.zeros(1)}, 1.5, {"list": [{"object": 3, "type": "Linear"}]}]}
    for reply in ({"value": value}, {"value": {"dict": [["a", 1], [None, True]]}}):
        assert checked_reply(reply) == reply
    error = {"error": "E", "message": "text", "trace": [["cell 1", 1, "f", "x = 1"]]}
    assert checked_reply(error) == error


@pytest.mark.parametrize("reply", [None, {}, {"errors": 1}, {"errors": [1]}, {"errors": [{}]}])
def test_errors_of_statements_are_checked(reply):
    with pytest.raises(Malformed):
        checked_errors(reply)
