"""Counts the weights of the model alone."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"original_params is \d+ for a model of \d+ parameters.*as well as biases"


class WeightsOnly:
    def __init__(self, model):
        self.arrays = [array for array in model.parameters() if array.ndim == 2]

    def parameters(self):
        return self.arrays


analyze_everything = analyze_model_sizes


def analyze_model_sizes(original, quantized):
    return analyze_everything(WeightsOnly(original), WeightsOnly(quantized))
