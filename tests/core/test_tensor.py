"""Tensor: its dtype rules, arithmetic, matrix product, views and conversions."""

import numpy as np
import pytest

from tinytorch.core import Tensor


def assert_tensor(result, expected, dtype):
    assert type(result) is Tensor
    np.testing.assert_array_equal(result.data, np.asarray(expected, dtype=dtype), strict=True)


@pytest.mark.parametrize("data", [3, 2.5, True, [1, 2], [[True], [False]], (1.5, 2), range(3)])
def test_python_numbers_and_lists_become_float32(data):
    assert_tensor(Tensor(data), data, np.float32)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_arrays_become_float32(dtype):
    assert_tensor(Tensor(np.array([0.5, -2], dtype)), [0.5, -2], np.float32)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.bool_])
def test_integer_and_bool_arrays_keep_their_dtype(dtype):
    assert_tensor(Tensor(np.array([[1, 0]], dtype)), [[1, 0]], dtype)
    assert_tensor(Tensor(dtype(1)), 1, dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.int64, np.bool_])
def test_an_array_of_the_right_dtype_is_wrapped_not_copied(dtype):
    array = np.zeros(4, dtype)
    assert np.shares_memory(Tensor(array).data, array)
    assert np.shares_memory(Tensor(Tensor(array)).data, array)


@pytest.mark.parametrize("data", ["1", ["a"], None, 1j, [1, 2j], {1}, 2**80, np.array([1], object)])
def test_text_objects_and_complex_numbers_are_rejected(data):
    with pytest.raises(TypeError, match=f"Tensor holds real numbers, got {type(data).__name__}"):
        Tensor(data)


def test_ragged_lists_are_rejected():
    with pytest.raises(ValueError, match="ragged"):
        Tensor([[1, 2], [3]])


def test_size_and_bytes_are_those_of_the_elements():
    tensor = Tensor(np.zeros((2, 3, 5), dtype=np.int8))
    assert (tensor.shape, tensor.ndim, tensor.size, tensor.nbytes) == ((2, 3, 5), 3, 30, 30)


@pytest.mark.parametrize("other", [2, np.float32(2), np.full(2, 2), Tensor(2)], ids=str)
def test_arithmetic_takes_numbers_arrays_and_tensors_on_both_sides(other):
    tensor = Tensor([1, 4])
    assert_tensor(tensor + other, [3, 6], np.float32)
    assert_tensor(other + tensor, [3, 6], np.float32)
    assert_tensor(tensor - other, [-1, 2], np.float32)
    assert_tensor(other - tensor, [1, -2], np.float32)
    assert_tensor(tensor * other, [2, 8], np.float32)
    assert_tensor(other * tensor, [2, 8], np.float32)
    assert_tensor(tensor / other, [0.5, 2], np.float32)
    assert_tensor(other / tensor, [2, 0.5], np.float32)
    assert_tensor(-tensor, [-1, -4], np.float32)


def test_int8_sums_stay_int8_and_wrap_around():
    every = np.arange(-128, 128)
    left, right = Tensor(every.astype(np.int8)[:, None]), Tensor(every.astype(np.int8))
    assert_tensor(left + right, (every[:, None] + every + 128) % 256 - 128, np.int8)


def test_int8_matmul_wraps_around_too():
    codes = Tensor(np.array([[100, 100]], dtype=np.int8))
    assert_tensor(codes @ codes.T, [[20000 - 78 * 256]], np.int8)


@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((5, 2, 3), (5, 3, 4))],
)
def test_matmul_agrees_with_numpy_in_float64(left, right):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=left), rng.normal(size=right)
    for result in (Tensor(a).matmul(b), Tensor(a) @ Tensor(b), Tensor(a) @ b, a @ Tensor(b)):
        assert type(result) is Tensor
        assert result.shape == (a @ b).shape
        np.testing.assert_allclose(result.data, a @ b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("left", "right"), [((2, 3), (4, 5)), ((3,), (4,)), ((), (3,)), ((3,), ())]
)
def test_matmul_names_both_shapes_that_do_not_fit(left, right):
    with pytest.raises(ValueError) as error:
        Tensor(np.ones(left)) @ Tensor(np.ones(right))
    assert f"{left} @ {right}" in str(error.value)


def test_reshape_transpose_and_index_are_views():
    tensor = Tensor(np.arange(6, dtype=np.int8))
    table = tensor.reshape((2, 3))
    assert_tensor(table, [[0, 1, 2], [3, 4, 5]], np.int8)
    assert_tensor(table.reshape(3, -1), [[0, 1], [2, 3], [4, 5]], np.int8)
    assert_tensor(table.T, [[0, 3], [1, 4], [2, 5]], np.int8)
    assert_tensor(table[1, :2], [3, 4], np.int8)
    assert all(np.shares_memory(view.data, tensor.data) for view in (table, table.T, table[1]))


def test_a_tensor_can_be_the_index():
    assert_tensor(Tensor([10, 20, 30])[Tensor(np.array([True, False, True]))], [10, 30], np.float32)


def test_len_and_iteration_go_over_the_first_axis():
    tensor = Tensor([[1, 2], [3, 4], [5, 6]])
    assert len(tensor) == len(list(tensor)) == 3
    assert_tensor(list(tensor)[2], [5, 6], np.float32)
    with pytest.raises(TypeError, match="no length"):
        iter(Tensor(1))


def test_float_takes_exactly_one_number():
    assert float(Tensor([0.5, 1.5])[1]) == 1.5
    with pytest.raises(TypeError):
        float(Tensor([1, 2]))


def test_numpy_functions_take_a_tensor():
    tensor = Tensor([[1, 2], [3, 4]])
    assert np.sum(tensor) == 10
    assert np.sum(tensor, dtype=np.float64).dtype == np.float64
    assert np.reshape(tensor, 4).tolist() == [1, 2, 3, 4]
    assert np.asarray(tensor, dtype=np.int8).dtype == np.int8


def test_conversion_to_an_array_copies_only_on_demand():
    tensor = Tensor([1, 2])
    assert np.asarray(tensor) is tensor.data
    assert tensor.__array__(np.float32, copy=False) is tensor.data
    assert not np.shares_memory(np.array(tensor), tensor.data)
    assert not np.shares_memory(tensor.__array__(copy=True), tensor.data)
    with pytest.raises(ValueError, match="float32 cannot be given as int8 without a copy"):
        tensor.__array__(np.int8, copy=False)


def test_the_repr_names_shape_and_dtype_and_stays_short():
    assert repr(Tensor(np.array([1, 2], np.int8))) == "Tensor([1 2], shape=(2,), dtype=int8)"
    big = repr(Tensor(np.zeros((1000, 1000))))
    assert "shape=(1000, 1000), dtype=float32" in big
    assert len(big) < 300


def test_comparisons_go_element_by_element():
    tensor = Tensor([1.0, 2.0, 3.0])
    for result, expected in [
        (tensor == [1, 0, 3], [True, False, True]),
        (tensor != Tensor([1, 0, 3]), [False, True, False]),
        (tensor < 2, [True, False, False]),
        (tensor <= 2, [True, True, False]),
        (tensor > 2, [False, False, True]),
        (np.float32([2, 2, 2]) <= tensor, [False, True, True]),
    ]:
        assert isinstance(result, Tensor)
        assert result.data.tolist() == expected


def test_only_a_single_element_is_true_or_false():
    assert Tensor(3.0) == 3
    assert 2.0 in Tensor([1.0, 2.0])
    assert 7.0 not in Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match="truth value"):
        bool(Tensor([1.0, 2.0]))


def test_tensors_can_be_keys():
    tensor = Tensor([1.0])
    assert {tensor: "here"}[tensor] == "here"


def test_a_number_beyond_float32_is_refused_and_infinity_is_kept():
    with pytest.raises(ValueError, match=r"1e\+300 is beyond float32"):
        Tensor([1.0, -1e300])
    assert Tensor([np.inf, np.nan]).data[0] == np.inf


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "argmax"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_are_those_of_numpy(name, axis, keepdims):
    array = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    result = getattr(Tensor(array), name)(axis=axis, keepdims=keepdims)
    expected = getattr(array, name)(axis=axis, keepdims=keepdims)
    assert isinstance(result, Tensor)
    assert result.shape == np.shape(expected)
    assert np.array_equal(result.data, expected)
    assert np.array_equal(getattr(Tensor(array), name)(axis).data, getattr(array, name)(axis))


@pytest.mark.parametrize("function", [np.sum, np.mean, np.max, np.min, np.argmax])
def test_the_functions_of_numpy_give_its_own_numbers(function):
    array = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    assert type(function(Tensor(array))) is type(function(array))
    assert function(Tensor(array)) == function(array)
    assert np.array_equal(function(Tensor(array), axis=1), function(array, axis=1))


def test_reductions_of_codes_do_not_wrap_around():
    codes = Tensor(np.full((100, 2), 127, np.int8))
    assert codes.sum().data == 25_400
    assert codes.mean(axis=0).data.tolist() == [127.0, 127.0]
    assert codes.max().dtype == np.int8


def test_transpose_is_that_of_numpy():
    tensor = Tensor(np.arange(24).reshape(2, 3, 4))
    assert tensor.transpose().shape == (4, 3, 2)
    assert tensor.transpose(0, 2, 1).shape == tensor.transpose((0, 2, 1)).shape == (2, 4, 3)
    assert np.transpose(tensor, (1, 0, 2)).shape == (3, 2, 4)
    assert np.shares_memory(tensor.transpose().data, tensor.data)


class OfAnotherLibrary:
    """An array such as PyTorch's, which NumPy can read."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)


def test_arrays_of_any_library_keep_an_integer_dtype():
    assert Tensor(OfAnotherLibrary(np.array([1, -2], np.int8))).dtype == np.int8
    assert Tensor(OfAnotherLibrary(np.array([1.5]))).dtype == np.float32
