"""Gives the sizes of question 1 in MB, as the chapter does."""

EXERCISE = "questions"
MESSAGE = r"q1_fp32_bytes is 0\.94.*about a millionth of what it should be"

q1_fp32_bytes = 4 * 235_146 / 1e6
q1_int8_bytes = 235_146 / 1e6
