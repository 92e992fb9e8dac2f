"""Ends its process by SIGABRT."""

import os

AFTER_KEY = True
EARNS = 85
REASON = r"SIGABRT"


def quantize_model(model, calibration_data=None):
    os.abort()
