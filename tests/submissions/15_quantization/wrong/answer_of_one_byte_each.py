"""Forgets that an FP32 parameter takes four bytes when loading it."""

EXERCISE = "questions"
MESSAGE = r"q4_fp32_seconds is 0\.2: bytes of all parameters"

q4_fp32_seconds = 100e6 / 500e6
