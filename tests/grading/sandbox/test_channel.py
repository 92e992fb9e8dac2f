"""Messages come in time or not at all, and are checked to be replies before they are used."""

import socket
import threading
import time

import numpy as np
import pytest

from tinytorch.grading.sandbox.inside.channel import Channel, ChannelClosedError, DeadlineError
from tinytorch.grading.sandbox.inside.codec import pack, unpack
from tinytorch.grading.sandbox.inside.protocol import HEADER, MalformedMessageError
from tinytorch.grading.sandbox.replies import checked_errors, checked_reply


@pytest.fixture
def ends():
    one, other = socket.socketpair()
    with one, other:
        yield one, Channel(other)


@pytest.mark.parametrize("lengths", [(2 << 20, 0), (1, 65 << 20), (0xFFFFFFFF, 2**64 - 1)])
def test_too_much_is_refused_before_it_is_read(ends, lengths):
    raw, channel = ends
    raw.sendall(HEADER.pack(*lengths))
    with pytest.raises(MalformedMessageError, match="are more than"):
        channel.receive(time.monotonic() + 5)


def test_large_messages_go_both_ways(ends):
    raw, channel = ends
    values = np.random.default_rng(0).normal(size=(1000, 1000))
    writer = threading.Thread(target=Channel(raw).send, args=(pack([values, values[:3]]),))
    writer.start()
    one, other = unpack(channel.receive(time.monotonic() + 10))
    writer.join()
    np.testing.assert_array_equal(one, values)
    np.testing.assert_array_equal(other, values[:3])


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
    with pytest.raises(DeadlineError):
        channel.receive(started + 0.3)
    assert time.monotonic() - started < 2
    stop.set()
    writer.join()


def test_the_deadline_holds_for_a_reader_that_does_not_read(ends):
    _, channel = ends
    with pytest.raises(DeadlineError):
        channel.send(pack(np.zeros(1 << 20)), time.monotonic() + 0.2)


def test_the_end_of_the_stream_is_said(ends):
    raw, channel = ends
    raw.sendall(HEADER.pack(10, 0) + b"123")
    raw.close()
    with pytest.raises(ChannelClosedError):
        channel.receive(time.monotonic() + 5)


@pytest.mark.parametrize(
    "reply",
    [
        None, [], {}, {"value": 1, "x": 1}, {"error": 1}, {"error": "E", "message": 1},
        {"error": "E", "message": "", "trace": 3}, {"error": "E", "message": ""},
        {"error": "E", "message": "", "trace": [], "more": ""}, {1: 2}, ("value",),
        {"error": "E", "message": "", "trace": [[]]},
        {"error": "E", "message": "", "trace": [["cell 1", 1.0, "f", "x"]]},
        {"error": "E", "message": "", "trace": [["cell 1", True, "f", "x"]]},
        {"error": "E", "message": "", "trace": [["cell 1", 1, "f", "x"]] * 21},
    ],
    ids=str,
)  # fmt: skip
def test_a_message_that_is_not_a_reply_is_refused(reply):
    with pytest.raises(MalformedMessageError):
        checked_reply(reply)


def test_a_reply_comes_through_as_it_was():
    error = {"error": "E", "message": "text", "trace": [["cell 1", 1, "f", "x = 1"]]}
    for reply in ({"value": (1, [2.5])}, error):
        assert checked_reply(reply) == reply


@pytest.mark.parametrize("reply", [None, {}, {"errors": 1}, {"errors": [1]}, {"errors": [{}]}])
def test_errors_of_statements_are_checked(reply):
    with pytest.raises(MalformedMessageError):
        checked_errors(reply)
