"""Takes memory without end."""

AFTER_KEY = True
EARNS = 90
REASON = r"MemoryError|out of memory|longer than"


def dequantize_int8(q_tensor, scale, zero_point):
    kept = []
    while True:
        kept.append(bytes(1 << 20))
