"""Counts bits for int8, where the speed is in bytes per second."""

EXERCISE = "questions"
MESSAGE = r"q4_int8_seconds is 1\.6: bytes of all parameters"

q4_int8_seconds = 100e6 * 8 / 500e6
