"""Figures for exercises 3 and 4: quantized layers, calibration, observers and resident bytes."""
