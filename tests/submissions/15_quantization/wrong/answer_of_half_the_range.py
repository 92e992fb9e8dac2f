"""Divides the largest value by the number of steps, where the range is twice as wide."""

EXERCISE = "questions"
MESSAGE = r"q2_max_error is 0\.00098.*width of the range"

q2_max_error = 0.5 / 255 / 2
