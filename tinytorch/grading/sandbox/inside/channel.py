"""A channel for messages over a socket, with an absolute deadline for every message."""

from __future__ import annotations

import math
import socket
import time

from tinytorch.grading.sandbox.inside.protocol import HEADER, LIMITS, Limits, Message, check_sizes

MAX_JOINED = 1 << 20  # bytes of buffers that are sent in one piece with the rest of the message


class ChannelClosedError(Exception):
    """The other side has closed the connection."""


class DeadlineError(Exception):
    """The deadline has passed."""


class Channel:
    """A connected stream socket that messages go through.

    Args:
        connection: the socket.
        limits: what messages must keep to, in both directions.
    """

    def __init__(self, connection: socket.socket, limits: Limits = LIMITS) -> None:
        self._socket = connection
        self._limits = limits

    def send(self, message: Message, deadline: float = math.inf) -> None:
        """Send a message.

        Args:
            message: see `protocol.pack`.
            deadline: the time of `time.monotonic` at which to give up.

        Raises:
            ChannelClosedError: if the other side has closed the connection.
            DeadlineError: if the deadline passes.
        """
        pieces = [message.header() + message.document, message.buffers]
        if len(message.buffers) <= MAX_JOINED:  # networks delay what comes in small pieces
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
                    raise ChannelClosedError(str(error)) from None

    def receive(self, deadline: float = math.inf) -> Message:
        """Receive a message.

        Args:
            deadline: the time of `time.monotonic` at which to give up, whatever has come so far.

        Raises:
            MalformedMessageError: if it is too large; the stream is of no further use then.
            ChannelClosedError: if the other side has closed the connection.
            DeadlineError: if the deadline passes.
        """
        lengths = HEADER.unpack(self._read(HEADER.size, deadline))
        check_sizes(lengths[0], lengths[1], self._limits)
        document, buffers = (self._read(length, deadline) for length in lengths)
        return Message(bytes(document), buffers)

    def close(self) -> None:
        """Close the connection."""
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
                raise ChannelClosedError(str(error)) from None
            if count == 0:
                raise ChannelClosedError("the other side has hung up")
            rest = rest[count:]
        return content

    def _wait(self, deadline: float) -> None:
        """Let the next call on the socket wait until the deadline and no longer."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise DeadlineError("the deadline has passed")
        self._socket.settimeout(None if left == math.inf else left)
