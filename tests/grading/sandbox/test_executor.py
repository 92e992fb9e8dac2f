"""A student's definitions are called, what comes back is checked, and nothing escapes."""

import tracemalloc

import numpy as np
import pytest

from tinytorch.core import Tensor
from tinytorch.grading.checks import CheckError, NotAttemptedError, SubmissionRaisedError
from tinytorch.grading.sandbox.inside.codec import pack, unpack
from tinytorch.grading.sandbox.inside.executor import Executor
from tinytorch.lessons.quantization.client import QuantizationSubmission


def submission(**definitions):
    executor = Executor(definitions)
    return QuantizationSubmission(
        lambda request: unpack(executor.answer(pack(request))), np.random.default_rng(0)
    )


def returning(value):
    return submission(quantize_int8=lambda tensor: value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, r"returned None where \(Tensor, scale, zero_point\) was expected"),
        ((1, 2), "returned a tuple of 2 where"),
        ((np.zeros(3, np.int8), 1.0, 0), "a NumPy array where a Tensor was expected"),
        ((Tensor([1.0]), 1.0, 0), r"shape \(1,\); expected shape \(3,\)"),
        ((Tensor([1.0] * 3), "1", 0), "as scale a str where a number was expected"),
        ((Tensor([1.0] * 3), float("nan"), 0), "as scale nan, which is not finite"),
        ((Tensor([1.0] * 3), -1.0, 0), "a scale is a positive number"),
        ((Tensor([1.0] * 3), 1.0, True), "as zero point a bool where a number"),
        ((Tensor([1.0] * 3), 1.0, object()), "an object of type object where a number"),
    ],
)
def test_a_value_of_another_kind_fails_with_what_was_expected(value, message):
    with pytest.raises(CheckError, match=message):
        returning(value).quantize_int8([1.0, 2.0, 3.0])


def test_numpy_scalars_are_numbers():
    quantized = returning((Tensor([1.0]), np.float32(0.5), np.int64(-3))).quantize_int8([1.0])
    assert (quantized.scale, quantized.zero_point) == (0.5, -3)
    assert type(quantized.zero_point) is int


def test_an_exception_comes_back_as_its_type_and_message():
    def quantize_int8(tensor):
        raise IndexError("off by one")

    with pytest.raises(
        SubmissionRaisedError, match=r"quantize_int8\(a tensor\) raised IndexError.*off by one"
    ) as caught:
        submission(quantize_int8=quantize_int8).quantize_int8([1.0])
    assert caught.value.kind == "IndexError"


def test_even_sys_exit_is_only_an_exception():
    def quantize_int8(tensor):
        raise SystemExit(3)

    with pytest.raises(SubmissionRaisedError, match="SystemExit"):
        submission(quantize_int8=quantize_int8).quantize_int8([1.0])


def test_a_stub_and_a_missing_name_count_as_not_attempted():
    def quantize_int8(tensor):
        raise NotImplementedError("exercise 1")

    for definitions in ({"quantize_int8": quantize_int8}, {}):
        with pytest.raises(NotAttemptedError):
            submission(**definitions).quantize_int8([1.0])
    with pytest.raises(NotAttemptedError, match="not answered"):
        submission(q3_images=None).number("q3_images")


def test_what_a_student_prints_is_swallowed(capsys):
    def quantize_int8(tensor):
        print("debugging")
        return tensor, 1.0, 0

    submission(quantize_int8=quantize_int8).quantize_int8([1.0])
    assert capsys.readouterr().out == ""


def test_arguments_are_copies():
    def quantize_int8(tensor):
        tensor.data[:] = 7
        return tensor, 1.0, 0

    values = np.ones(3, np.float32)
    submission(quantize_int8=quantize_int8).quantize_int8(values)
    assert values.tolist() == [1, 1, 1]


def test_the_same_object_has_the_same_handle():
    made = submission()
    (layer,) = made.sequential((np.eye(2), None)).layers()
    twice = made.sequential(layer, "relu", layer).layers()
    assert twice[0] == twice[2] == layer
    assert twice[1] != layer


def test_replaced_definitions_are_put_back_even_after_an_error():
    executor = Executor({"a": 1})
    during = []

    def interrupted():
        with executor.replaced({"a": 2, "b": 3}):
            during.append(dict(executor.namespace))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert during == [{"a": 2, "b": 3}]
    assert executor.namespace == {"a": 1}


def test_memory_that_a_layer_keeps_is_measured():
    class Layer:
        def __init__(self, layer):
            self.codes = layer.weight.data.astype(np.int8)

        def forward(self, x):
            self.kept = np.zeros(50_000, np.int8)
            return Tensor(np.zeros((1, 300)))

    weight, bias = np.ones((2000, 300), np.float32), np.ones(300, np.float32)
    made = submission(QuantizedLinear=Layer)
    _, resident = made.resident_bytes(weight, bias, np.ones((1, 2000), np.float32))
    assert 650_000 <= resident < 670_000
    made.ask("clearing", do="clear")
    assert not tracemalloc.is_tracing()
