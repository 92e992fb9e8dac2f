"""Counts 6 dB for each of six bits."""

EXERCISE = "questions"
MESSAGE = r"q2_snr_db is 36: compare the variance"

q2_snr_db = 6 * 6
