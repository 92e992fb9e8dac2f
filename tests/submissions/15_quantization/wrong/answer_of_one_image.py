"""Calibrates with one image, which is quick."""

EXERCISE = "questions"
MESSAGE = r"q3_images is 1: look where the curve .*levels off"

q3_images = 1
