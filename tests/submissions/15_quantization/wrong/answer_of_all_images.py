"""Calibrates with all images that there are: more data must be better."""

EXERCISE = "questions"
MESSAGE = r"q3_images is 100000: look where the curve .*levels off"

q3_images = 100_000
