"""Takes codes per unit for the scale, not units per code."""

EXERCISE = "quantize_int8"
MESSAGE = r"upside down"

right_quantize_int8 = quantize_int8


def quantize_int8(tensor):
    q_tensor, scale, zero_point = right_quantize_int8(tensor)
    return q_tensor, 1 / scale, zero_point
