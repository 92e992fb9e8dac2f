"""Gives integers of a hundred thousand digits, and floats at the end of their range."""

AFTER_KEY = True
EARNS = 90
REASON = r"more than 64 bits|is not finite|is \d"

q1_fp32_bytes = 10**100_000
q1_int8_bytes = -(10**400)
q2_max_error = 1e-320
q2_snr_db = 1e308
q3_images = 2**63
q3_coarser = float("inf")
q4_fp32_seconds = complex(0.8, 0)
q4_int8_seconds = True
q5_fp32_values = 5e-324
q5_int8_values = [64]
