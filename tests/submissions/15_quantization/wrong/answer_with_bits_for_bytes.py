"""Takes the 512 bits of a register for bytes."""

EXERCISE = "questions"
MESSAGE = r"q5_fp32_values is 128: 512 are the bits, not the bytes"

q5_fp32_values = 512 // 4
q5_int8_values = 512 // 1
