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
    Exercise("quantize_int8", ("choose_qparams", "quantize_int8"), "Exercise 1"),
    Exercise("dequantize_int8", ("dequantize_int8",), "Exercise 2"),
    Exercise("QuantizedLinear", ("QuantizedLinear",), "Exercise 3"),
    Exercise("calibrate", ("calibrate", "quantize_input"), "Exercise 4"),
    Exercise("quantize_model", ("quantize_model",), "Exercise 5"),
    Exercise("analyze_model_sizes", ("analyze_model_sizes",), "Exercise 6"),
    Exercise("questions", QUESTIONS, "Check your understanding", is_question=True),
)
