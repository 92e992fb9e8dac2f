"""Takes 10 log10 of a ratio of amplitudes."""

EXERCISE = "questions"
MESSAGE = r"q2_snr_db is half of what it should be"

q2_snr_db = 10 * np.log10(255)
