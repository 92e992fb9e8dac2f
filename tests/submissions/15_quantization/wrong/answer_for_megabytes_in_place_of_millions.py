"""Divides millions of bytes by the bytes per second, in question 4."""

EXERCISE = "questions"
MESSAGE = r"It is about a millionth of what it should be: look at the units"
ROW = "Question 4: loading time"
POINTS = 2

q4_fp32_seconds, q4_int8_seconds = 400 / 500e6, 100 / 500e6
