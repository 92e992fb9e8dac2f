"""The chapter's forward: it never reads the input scale, so calibration changes nothing."""

EXERCISE = "calibrate"
MESSAGE = r"calibration changes nothing.*nothing reads input_scale"


def quantize_input(self, x):
    return x


QuantizedLinear.quantize_input = quantize_input
