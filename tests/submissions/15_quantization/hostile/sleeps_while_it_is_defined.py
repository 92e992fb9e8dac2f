"""Takes its time in a statement that all exercises need."""

import time

AFTER_KEY = True
EARNS = 100
REASON = r"nothing is lost|longer than"


before = time.sleep(0.05)
honest = quantize_int8


def quantize_int8(tensor, since=before):
    return honest(tensor)
