"""The library as a submission, and the right results that stand in for wrong earlier exercises."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

from tinytorch.lessons.quantization import integers
from tinytorch.lessons.quantization.exercises import EXERCISES
from tinytorch.lessons.quantization.proxies import HOOKED_LAYER, LAYER, UNHOOKED_LAYER
from tinytorch.perf import quantization
from tinytorch.perf.quantization.validation import QParams

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "choose_qparams": quantization.choose_qparams,
    "quantize_int8": quantization.quantize_int8,
    "dequantize_int8": quantization.dequantize_int8,
}
MAX_OUTPUT = 4_000_000  # values; the grader's memory is not the student's to take


def reference_namespace() -> dict[str, Any]:
    """All definitions and answers of the lesson, from the library."""
    names = [name for each in EXERCISES for name in each.defines]
    rooms = (quantization, integers)
    found = {name: getattr(room, name) for room in rooms for name in names if hasattr(room, name)}
    return found | right_answers()


def right_answers() -> dict[str, float]:
    """The answers to the lesson's questions, each computed from what the question says."""
    layers = ((784, 256), (256, 128), (128, 10))
    parameters = sum(rows * columns + columns for rows, columns in layers)
    scale = (0.5 - -0.5) / (quantization.INT8_RANGE - 1)
    return {
        "q1_fp32_bytes": 4 * parameters,
        "q1_int8_bytes": parameters,
        "q2_max_error": scale / 2,
        # Uniform values in a range of width 1 have variance 1/12, the error has scale**2 / 12.
        "q2_snr_db": 10 * math.log10((1 / 12) / (scale**2 / 12)),
        "q3_images": 200,
        "q3_coarser": 10,
        "q4_fp32_seconds": 100e6 * 4 / 500e6,
        "q4_int8_seconds": 100e6 / 500e6,
        "q5_fp32_values": 512 // 32,
        "q5_int8_values": 512 // 8,
    }


def carry_forward_plan(exercise: str, wrong: Collection[str]) -> list[list[str]]:
    """What to put in the place of earlier exercises, one after the other, until a test passes.

    Only what is wrong is replaced: a fault that shows up in a later exercise costs points there.
    The student's own layer stays at first: with right functions it may well be right, and later
    exercises may use more of it than the lesson asks for.

    Args:
        exercise: the name of the exercise that is graded.
        wrong: the names of the exercises that lost points.

    Returns:
        A list of lists of names for `reference_proxies`.
    """
    if exercise == "integers":
        return []  # it uses no earlier exercise
    order = [each.name for each in EXERCISES]
    earlier = [each for each in EXERCISES[: order.index(exercise)] if each.name in wrong]
    functions = [name for each in earlier for name in each.defines if name in FUNCTIONS]
    layer = []
    if exercise == "QuantizedLinear":
        layer = [UNHOOKED_LAYER]  # exercise 4 has put its own method, perhaps a stub, into it
    elif exercise == "calibrate" and "QuantizedLinear" in wrong:
        layer = [HOOKED_LAYER]
    elif {"QuantizedLinear", "calibrate"} & {each.name for each in earlier}:
        layer = [LAYER]
    tries = [functions, functions + layer]
    return [
        names for position, names in enumerate(tries) if names and names not in tries[:position]
    ]


def reference_service(names: Sequence[str]) -> Callable[..., Any]:
    """What answers the proxies of these names, and nothing else.

    Args:
        names: as in `reference_proxies`.

    Returns:
        A function from what is asked for (a function of the lesson, "forward", "memory_usage" or
        "calibrate") and its arguments to the right result. Those of a layer are followed by
        q_weight, weight_scale, weight_zero_point, the same for the bias, and scale and zero point
        of the input. It raises ValueError if these proxies have no reason to ask that.
    """
    allowed = {name for name in names if name in FUNCTIONS}
    if LAYER in names or HOOKED_LAYER in names:
        allowed |= {"quantize_int8", "forward", "memory_usage"}
    if LAYER in names:
        allowed.add("calibrate")

    def ask(name: str, *values: Any) -> Any:
        # A layer that waits for the student's own calibrate must not get the result of one.
        calibrated = name == "forward" and values[-2:] != (None, None)
        if name not in allowed or (calibrated and LAYER not in names):
            raise ValueError(f"refused: no proxy for {name} is in use")
        if name in FUNCTIONS:
            return FUNCTIONS[name](*values)
        if name == "memory_usage":
            return _layer(*values).memory_usage()
        layer = _layer(*values[1:])
        if name == "forward":
            rows = math.prod(values[0].shape[:-1])
            if rows * layer.out_features > MAX_OUTPUT:
                raise ValueError(f"refused: {rows} rows of {layer.out_features} outputs")
            return layer.forward(values[0])
        layer.calibrate(values[0])
        return layer.input_scale, layer.input_zero_point

    return ask


def _layer(
    q_weight: Any, scale: Any, zero_point: Any, q_bias: Any, bias_scale: Any, bias_zero_point: Any,
    input_scale: Any, input_zero_point: Any,
) -> quantization.QuantizedLinear:  # fmt: skip
    """The layer whose state a proxy passes."""
    pairs = [(scale, zero_point), (bias_scale, bias_zero_point), (input_scale, input_zero_point)]
    qparams: list[Any] = [None if None in pair else QParams(*pair) for pair in pairs]
    weight, bias, inputs = qparams
    return quantization.QuantizedLinear.from_codes(q_weight, weight, q_bias, bias, inputs)
