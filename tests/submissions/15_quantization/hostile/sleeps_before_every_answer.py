"""Takes its time again and again, in every exercise."""

import time

AFTER_KEY = True
EARNS = 80
KEEPS = 0
REASON = r"took longer than"


names = ["quantize_int8", "dequantize_int8", "choose_qparams", "quantize_model"]


def slow(function):
    def wait(*arguments):
        time.sleep(0.6)
        return function(*arguments)

    return wait


quantize_int8 = slow(quantize_int8)
dequantize_int8 = slow(dequantize_int8)
quantize_model = slow(quantize_model)
