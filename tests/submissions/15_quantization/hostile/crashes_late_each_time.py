"""Takes almost all its time and then crashes, which is not a time limit: again and again."""

import os
import time

EARNS = 0
REASON = r"Crashed|longer than"


def wait_and_go():
    time.sleep(1.2)
    os._exit(1)


choose_qparams = quantize_int8 = dequantize_int8 = QuantizedLinear = wait_and_go()
