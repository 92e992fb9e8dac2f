"""QuantizedLinear at its limits: bytes really gone, extreme weights, extreme inputs."""

import gc
import weakref

import numpy as np
import pytest
from models import inputs, make, restored

from tinytorch import Linear, Tensor
from tinytorch.perf.profiling import peak_temporary_bytes, resident_bytes
from tinytorch.perf.quantization import QuantizedLinear


def test_weights_smaller_than_float32s_normal_numbers_still_count():
    linear = make(bias=False)
    linear.weight = Tensor(linear.weight.data * np.float32(1e-37))
    layer = QuantizedLinear(linear)
    x = Tensor(inputs(4).data * np.float32(1e37))
    weight, _ = restored(layer)
    np.testing.assert_allclose(layer(x).data, x.data @ weight, rtol=1e-3, atol=1e-5)


def test_the_largest_sums_do_not_lose_a_unit():
    # 255 * 255 * 4096 exceeds 2**24, where float32 would begin to skip whole numbers.
    linear = Linear(4096, 2, bias=False)
    linear.weight = Tensor(np.ones((4096, 2)))
    layer = QuantizedLinear(linear)
    layer.set_input_range(0.0, 255.0)
    x = np.full((1, 4096), 255.0, dtype=np.float32)
    x[0, 0] = 254.0
    total = 255 * (4096 * 255 - 1)
    expected = np.float32(total) * np.float32(layer.weight_scale)
    assert layer(Tensor(x)).data.tolist() == [[expected, expected]]


def test_the_fp32_layer_is_forgotten_at_once():
    linear = make(256, 256)
    gone = weakref.ref(linear.weight.data), weakref.ref(linear)
    layer = QuantizedLinear(linear)
    layer.calibrate([inputs(3, 256)])
    gc.disable()
    try:
        del linear
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("size", [256, 1024])
def test_the_allocator_confirms_a_quarter_of_the_bytes(size):
    rng = np.random.default_rng(0)
    fp32 = resident_bytes(lambda: Linear(size, size, rng=rng))
    int8 = resident_bytes(lambda: QuantizedLinear(Linear(size, size, rng=rng)))
    assert int8 <= 0.27 * fp32


@pytest.mark.parametrize("rows", [1, 64, 600])
@pytest.mark.parametrize(
    ("in_features", "out_features"), [(4096, 4096), (20_000, 100), (100, 20_000), (8, 600_000)]
)
def test_weight_only_forward_allocates_at_most_8_mb_of_temporaries(in_features, out_features, rows):
    layer = QuantizedLinear(Linear(in_features, out_features))
    x = inputs(rows, in_features)
    assert peak_temporary_bytes(lambda: layer(x)) <= 8e6


def test_memory_usage_counts_codes_and_8_bytes_per_array():
    assert QuantizedLinear(Linear(1, 1)).memory_usage() == {
        "original_bytes": 8,
        "quantized_bytes": 18,
        "compression_ratio": 8 / 18,
    }
    usage = QuantizedLinear(Linear(784, 128, bias=False)).memory_usage()
    assert (usage["original_bytes"], usage["quantized_bytes"]) == (401_408, 100_360)


@pytest.mark.parametrize("rows", [1, 3, 40, 200])
def test_a_weight_of_zero_counts_as_zero_whatever_it_is_multiplied_by(rows):
    linear = make(64, 10)
    linear.weight.data[:2] = 0.0
    linear.weight.data[1, 0] = 2.0
    layer, x = QuantizedLinear(linear), inputs(rows, 64)
    expected = layer(x).data
    x.data[:, 0] = 1.7e9  # a time stamp, say
    assert layer.weight_zero_point != 0
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rows", [1, 64, 300])
def test_large_inputs_and_small_weights_stay_finite(rows):
    linear = make(64, 10, bias=False)
    linear.weight = Tensor(linear.weight.data * np.float32(1e-3))
    x = Tensor(inputs(rows, 64).data * np.float32(1e36))
    layer = QuantizedLinear(linear)
    np.testing.assert_allclose(layer(x).data, x.data @ restored(layer)[0], rtol=1e-3, atol=1e30)


@pytest.mark.parametrize("rows", [1, 5, 200])
def test_weights_of_the_largest_size_give_zero_for_zero(rows):
    linear = Linear(2, 2)
    largest = np.finfo(np.float32).max
    linear.weight = Tensor(np.array([[largest, -largest], [1.0, 1.0]], dtype=np.float32))
    layer = QuantizedLinear(linear)
    assert not layer(Tensor(np.zeros((rows, 2)))).data.any()
    layer.set_input_range(-1e37, 1e37)
    assert not layer(Tensor(np.zeros((rows, 2)))).data.any()
