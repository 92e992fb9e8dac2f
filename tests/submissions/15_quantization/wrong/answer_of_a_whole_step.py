"""Takes the whole step for the largest error, as the chapter's "bounded by the scale" says."""

EXERCISE = "questions"
MESSAGE = r"q2_max_error is a whole step"

q2_max_error = 1 / 255
