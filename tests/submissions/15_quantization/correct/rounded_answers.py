"""Gives rounded answers: the numbers that a person would write down."""

q1_fp32_bytes = 940_584
q1_int8_bytes = 235_194
q2_max_error = 0.00196
q2_snr_db = 48
q3_images = 500
q3_coarser = 10.0
q4_fp32_seconds = 0.8
q4_int8_seconds = 0.2
q5_fp32_values = 16.0
q5_int8_values = 64.0
