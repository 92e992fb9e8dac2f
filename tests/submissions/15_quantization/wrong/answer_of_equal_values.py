"""Believes that a register holds as many FP32 values as INT8 values."""

EXERCISE = "questions"
MESSAGE = r"q5_int8_values is 16: how many bits"

q5_int8_values = 16
