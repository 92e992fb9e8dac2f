"""Writes one file of any size."""

AFTER_KEY = True
EARNS = 90
REASON = r"OSError|SIGXFSZ"


def dequantize_int8(q_tensor, scale, zero_point):
    with open("x.bin", "wb") as file:
        while True:
            file.write(bytes(8 << 20))
