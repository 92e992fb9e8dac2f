"""Counts the weights of question 1, and forgets the biases."""

EXERCISE = "questions"
MESSAGE = r"counts the weights alone; count the biases too"

q1_int8_bytes = 784 * 256 + 256 * 128 + 128 * 10
q1_fp32_bytes = 4 * q1_int8_bytes
