"""Never answers."""

AFTER_KEY = True
EARNS = 90
REASON = r"longer than"


def dequantize_int8(q_tensor, scale, zero_point):
    while True:
        pass
