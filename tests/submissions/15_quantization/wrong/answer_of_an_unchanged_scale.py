"""Believes that an outlier changes nothing, because it is only one value."""

EXERCISE = "questions"
MESSAGE = r"q3_coarser is 1: the scale .* grows like the range"

q3_coarser = 1
