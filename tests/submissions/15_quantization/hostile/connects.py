"""Opens connections, and listens for some."""

import socket

AFTER_KEY = True
EARNS = 90
REASON = r"RuntimeError.*refused 4"


def dequantize_int8(q_tensor, scale, zero_point):
    refused = 0
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
        try:
            socket.socket(family, socket.SOCK_RAW if family == 16 else socket.SOCK_STREAM)
        except PermissionError:
            refused += 1
    raise RuntimeError(f"refused {refused}")
