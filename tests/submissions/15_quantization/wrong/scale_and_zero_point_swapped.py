"""Returns the zero point before the scale."""

EXERCISE = "quantize_int8"
MESSAGE = r"changed places|a scale is a positive number"

right_quantize_int8 = quantize_int8


def quantize_int8(tensor):
    q_tensor, scale, zero_point = right_quantize_int8(tensor)
    return q_tensor, zero_point, scale
