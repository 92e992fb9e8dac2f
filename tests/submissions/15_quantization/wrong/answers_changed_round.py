"""Gives the bytes of question 1 the wrong way round."""

EXERCISE = "questions"
MESSAGE = r"^q1_fp32_bytes and q1_int8_bytes have changed places$"
ROW = "Question 1: the bytes of a model"
POINTS = 2

q1_fp32_bytes, q1_int8_bytes = q1_int8_bytes, q1_fp32_bytes
