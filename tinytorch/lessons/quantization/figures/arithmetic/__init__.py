"""Figures for exercises 1 and 2: codes, rounding errors and pitfalls of int8."""
