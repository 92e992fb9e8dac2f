"""Fails every test after a while, as if no time had passed."""

import time

AFTER_KEY = True
EARNS = 75
KEEPS = 75
REASON = r"ValueError|longer than"


def quantize_int8(tensor):
    time.sleep(0.3)
    raise ValueError("late")
