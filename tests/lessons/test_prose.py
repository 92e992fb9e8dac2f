"""Every number that the lesson's prose states is computed here again."""

import re
from pathlib import Path

import numpy as np
import pytest

from tinytorch.core import Tensor
from tinytorch.lessons.quantization.integers import integer_linear, quantize_bias
from tinytorch.perf.quantization import choose_qparams, dequantize_int8, quantize_int8

ROOT = Path(__file__).parents[2]
LESSON = (ROOT / "modules/15_quantization/15_quantization.py").read_text(encoding="utf-8")
PROSE = " ".join(re.sub(r"(?m)^# ?", "", LESSON).split())


def worked_example():
    codes, scale, zero_point = quantize_int8(Tensor([-1.0, 0.0, 2.5, 3.0]))
    return codes.data.tolist(), scale, zero_point, dequantize_int8(codes, scale, zero_point).data


def int8_dot_product():
    factors = np.full(784, 127, np.int8)
    return np.sum(factors * factors, dtype=np.int8)


def wrapped_difference():
    largest, smallest = np.array([127], np.int8), np.array([-128], np.int8)
    return int((largest - smallest)[0])


def restored_example():
    codes = Tensor(np.array([-128, -64, 95], np.int8))
    return dequantize_int8(codes, 0.5, -64).data.tolist()


CODES, SCALE, ZERO_POINT, RESTORED = worked_example()
INPUT_SCALE, INPUT_ZERO_POINT = choose_qparams(0.0, 5.1)
INTEGER_CODE = integer_linear(
    *(Tensor(np.int8([[10, 20]])), 0, Tensor(np.int8([[3], [-1]])), 0),
    *(Tensor(np.int32([90])), 0.1, 5),
).data.item()


@pytest.mark.parametrize(
    "statement",
    [
        f"s = 4/255 = {SCALE:.4f}",
        f"round}}(-128 + {1 / SCALE:.2f}) = {ZERO_POINT}",
        f"${2.5 / SCALE:.1f}$ steps from zero, so its code is $159 - 64 = {CODES[2]}$",
        f"4/255 = {RESTORED[2]:.3f}$, which is {2.5 - RESTORED[2]:.3f} away",
        f"has the codes {CODES}",
        f"gives ({str(choose_qparams(-1.0, 3.0)[0])[:7]}..., {choose_qparams(-1.0, 3.0)[1]})",
        f"gives ({str(choose_qparams(5.0, 9.0)[0])[:7]}..., {choose_qparams(5.0, 9.0)[1]})",
        f"$127 - (-128)$ is ${wrapped_difference()}$",
        f"the result is {int8_dot_product()} instead of {784 * 127 * 127:,}",
        rf"code $-128 - 5/s \approx {-128 - 5 / (4 / 255):.0f}$",
        rf"10 \log_{{10}} 4 \approx {10 * np.log10(4):.0f}$ dB",
        f"holds {restored_example()}",
        f"-2 to 2 gives $z = \\mathrm{{round}}({-128 + 2 / (4 / 255)})$, a tie",
        f"here {choose_qparams(-2.0, 2.0)[1]}. Other conventions give -1",
        f"{(4 + 1) / 4} times the memory instead of {1 / 4}",
        rf"between $-{3.4} \cdot 10^{{38}}$",
        f"so $s = 5.1/255 = {INPUT_SCALE:.2f}$",
        rf"\mathrm{{round}}({1.234 / 0.02:.1f}) - 128 = {round(1.234 / 0.02) - 128}$",
        rf"stands for $62 \cdot 0.02 = {62 * 0.02:.2f}$",
        f"An input of 7 would get the code {round(7 / 0.02) - 128}; it gets 127",
        f"sets {INPUT_SCALE:.2f} and {INPUT_ZERO_POINT}",
        "Half of the codes are one bit, and you know what a bit is worth: 6 dB",
        f"has the codes {quantize_bias(Tensor([1.0, -0.25]), 0.001).data.tolist()}",
        f"the sum is {10 * 3 + 20 * -1 + 90} and the code {INTEGER_CODE}",
    ],
)
def test_the_prose_states_what_is_so(statement):
    assert statement in PROSE


def test_float32_reaches_as_far_as_the_prose_says():
    assert f"{np.finfo(np.float32).max:.1e}" == "3.4e+38"
