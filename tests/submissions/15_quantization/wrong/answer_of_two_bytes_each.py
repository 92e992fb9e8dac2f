"""Believes that an int8 parameter takes half of what float32 takes."""

EXERCISE = "questions"
MESSAGE = r"q1_int8_bytes is 470292: .* 1 byte each"

q1_int8_bytes = q1_fp32_bytes // 2
