"""What the quantization lesson asks for: its exercises in order, and what each one defines."""

from __future__ import annotations

from tinytorch.grading.lesson import Exercise

QUESTIONS = (
    *("q1_fp32_bytes", "q1_int8_bytes"),
    *("q2_max_error", "q2_snr_db"),
    *("q3_images", "q3_coarser"),
    *("q4_fp32_seconds", "q4_int8_seconds"),
    *("q5_fp32_values", "q5_int8_values"),
)

EXERCISES = (
    Exercise(
        "quantize_int8", ("choose_qparams", "quantize_int8"), "Exercise 1",
        hints=(
            "Work through the example by hand first: values from -1 to 3. Which range holds them "
            "and zero? How wide is a step? Which code does 0.0 get?",
            "Write choose_qparams from the two formulas for s and z, after min(minimum, 0.0) and "
            "max(maximum, 0.0). quantize_int8 finds the smallest and the largest value of "
            "tensor.data and calls it.",
            "np.rint rounds to the nearest. 200 is no int8, and a cast makes -56 of it: what has "
            "to happen before .astype(np.int8)? np.isfinite finds NaN and infinity, and "
            "tensor.size tells an empty tensor.",
        ),
    ),
    Exercise(
        "dequantize_int8", ("dequantize_int8",), "Exercise 2",
        hints=(
            "A code stands for its distance from the zero point, in steps of the scale.",
            "What dtype does q_tensor.data - zero_point have, and which numbers fit into that?",
            "Give the codes a wider dtype with .astype before you subtract, and make a float32 "
            "array of the result before it becomes a Tensor.",
        ),
    ),
    Exercise(
        "QuantizedLinear", ("QuantizedLinear",), "Exercise 3",
        hints=(
            "Everything is there already: quantize_int8 makes codes of a Tensor, dequantize_int8 "
            "restores it. The layer only keeps codes and numbers between the two.",
            "In __init__, quantize weight and bias one after the other, each with a scale and a "
            "zero point of its own; linear_layer.bias may be None. Do not store linear_layer.",
            "In forward, restore the weight into a local variable, so that it is freed when "
            "forward returns. `x @ y` multiplies Tensors, `x + y` adds them. A Tensor has size "
            "(how many values) and nbytes (how many bytes).",
        ),
    ),
    Exercise(
        "calibrate", ("calibrate", "quantize_input"), "Exercise 4",
        hints=(
            "calibrate needs two numbers of all the samples, and a function that you wrote in "
            "exercise 1 turns them into scale and zero point.",
            "Keep the smallest and the largest value seen so far while you go through the "
            "batches, and no batch. Look for the empty list before anything changes.",
            "quantize_input goes there and back: to codes, and to what they stand for. Its scale "
            "and zero point are those of the layer; quantize_int8 would choose new ones for every "
            "input. Which of your functions does the way back?",
        ),
    ),
    Exercise(
        "quantize_model", ("quantize_model",), "Exercise 5",
        hints=(
            "Three passes: collect what every Linear is given, make all quantized layers, put "
            "them in. Only the last one changes the model.",
            "Write helpers that call themselves for a Sequential inside a Sequential; "
            "isinstance(layer, Linear) finds the layers. To collect, run each batch layer by "
            "layer: x = layer(x).",
            "A dict from each Linear to its inputs, and one from each Linear to its "
            "QuantizedLinear, take care of a layer that appears twice. "
            "model.layers[position] = new_layer replaces one.",
        ),
    ),
    Exercise(
        "analyze_model_sizes", ("analyze_model_sizes",), "Exercise 6",
        hints=(
            "Count the same way before and after: all Tensors of a model, and what each takes.",
            "model.parameters() lists them, nested layers included. A Tensor has size, nbytes and "
            "dtype.",
            "An array of codes has dtype np.int8 and costs 8 bytes more; a float32 array does not.",
        ),
    ),
    Exercise(
        "integers", ("quantize_bias", "integer_linear"), "Bonus exercise",
        hints=(
            "Write the sum for one output by hand, with zero points: products of two differences, "
            "added up, plus the bias. All of these are integers.",
            "astype(np.int32) comes before the subtraction and the product. The bias needs no "
            "zero point; its scale is that of the sums, so it is added as it is.",
            "Behind the sums, one multiplication in float32 changes the unit, from the scale of "
            "the sums to that of the next layer. After that, it is as in exercise 1.",
        ),
    ),
    Exercise(
        "questions", QUESTIONS, "Check your understanding", is_question=True,
        hints=(
            "Everything follows from a formula or a figure above: parameters are in * out + out "
            "for a layer, a step is the range divided by 255, and the error is at most half a "
            "step.",
            "Mind the units: bytes and not MB, decibels from a ratio of powers (10 log10), seconds "
            "as bytes divided by bytes per second, and 8 bits to a byte.",
            "For question 2, the noise is uniform in one step, so its variance is s**2 / 12. For "
            "question 3, look where saturation levels off, and remember that the scale is the "
            "range divided by 255.",
        ),
    ),
)  # fmt: skip
