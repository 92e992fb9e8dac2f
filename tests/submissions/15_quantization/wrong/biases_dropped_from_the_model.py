"""Takes the bias from every layer that it replaces, to save a few bytes more."""

EXERCISE = "quantize_model"
MESSAGE = r"output is not what the quantized weights give"

replace_in_place = replace_linears


def replace_linears(model, quantized):
    replace_in_place(model, quantized)
    for layer in quantized.values():
        layer.q_bias = None
