"""Warns, logs and raises with texts of megabytes."""

import logging
import warnings

AFTER_KEY = True
EARNS = 90
REASON = r"ValueError.*xxx"


def dequantize_int8(q_tensor, scale, zero_point):
    for _ in range(20):
        warnings.warn("x" * 1_000_000, stacklevel=1)
        logging.error("x" * 1_000_000)
    raise ValueError("x" * 10_000_000)
