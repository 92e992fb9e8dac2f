"""Loses a factor of ten between millions of bytes and MB."""

EXERCISE = "questions"
MESSAGE = r"q4_fp32_seconds is 8: bytes of all parameters"

q4_fp32_seconds = 8
q4_int8_seconds = 2
