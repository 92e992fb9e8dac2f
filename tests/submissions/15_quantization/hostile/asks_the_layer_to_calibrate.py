"""Has no layer of its own, and asks behind the proxy's back what calibrate should compute."""

EARNS = 0
REASON = r"Malformed|a proxy|no proxy|not defined"


class QuantizedLinear:
    def __init__(self, linear_layer):
        raise RuntimeError("there is none")

    def calibrate(self, sample_inputs):
        cells = type(self).forward.__closure__
        (ask,) = [each.cell_contents for each in cells if callable(each.cell_contents)]
        state = (self.q_weight, self.weight_scale, self.weight_zero_point)
        state += (self.q_bias, self.bias_scale, self.bias_zero_point)
        samples = list(sample_inputs)
        self.input_scale, self.input_zero_point = ask("calibrate", samples, *state, None, None)
        self.ask, self.state = ask, state

    def quantize_input(self, x):
        return x

    def __call__(self, x):
        return self.forward(x)
