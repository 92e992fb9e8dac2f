"""A channel for messages over a socket, with a deadline that no dripping of bytes puts off."""

from __future__ import annotations

import math
import socket
import time
from typing import Any

from tinytorch.grading.sandbox.inside.protocol import (
    HEADER,
    LIMITS,
    Limits,
    check_sizes,
    pack,
    unpack,
)

JOINED = 1 << 20  # bytes up to which a message is sent at once: networks wait after small pieces


class Closed(Exception):
    """The other side has hung up."""


class TooLate(Exception):
    """The deadline has passed."""


class Channel:
    """A connected socket that messages go through.

    Args:
        connection: a stream socket.
        limits: what messages must keep to, in both directions.
    """

    def __init__(self, connection: socket.socket, limits: Limits = LIMITS) -> None:
        self._socket = connection
        self._limits = limits

    def send(self, message: Any, deadline: float = math.inf) -> None:
        """Send a message.

        Args:
            message: see `pack`.
            deadline: the time of `time.monotonic` at which to give up.

        Raises:
            Malformed: if it cannot be sent; nothing was sent then.
            Closed: if the other side has hung up.
            TooLate: if the deadline passes.
        """
        pieces = pack(message, self._limits)
        if sum(map(len, pieces)) < JOINED:
            pieces = [b"".join(pieces)]
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                self._wait(deadline)
                try:
                    rest = rest[self._socket.send(rest) :]
                except TimeoutError:
                    continue
                except OSError as error:
                    raise Closed(str(error)) from None

    def receive(self, deadline: float = math.inf) -> Any:
        """Receive a message.

        Args:
            deadline: the time of `time.monotonic` at which to give up, however much came so far.

        Raises:
            Malformed: if no message came; the stream is of no further use then.
            Closed: if the other side has hung up.
            TooLate: if the deadline passes.
        """
        lengths = HEADER.unpack(self._read(HEADER.size, deadline))
        check_sizes(lengths[0], lengths[1], self._limits)
        document, buffers = (self._read(length, deadline) for length in lengths)
        return unpack(bytes(document), buffers, self._limits)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, size: int, deadline: float) -> bytearray:
        content = bytearray(size)
        rest = memoryview(content)
        while rest:
            self._wait(deadline)
            try:
                count = self._socket.recv_into(rest)
            except TimeoutError:
                continue
            except OSError as error:
                raise Closed(str(error)) from None
            if count == 0:
                raise Closed("the other side has hung up")
            rest = rest[count:]
        return content

    def _wait(self, deadline: float) -> None:
        """Let the next call on the socket wait until the deadline and no longer."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TooLate("the deadline has passed")
        self._socket.settimeout(None if left == math.inf else left)
