"""quantize_model: whole models, all or nothing."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest
from models import batches, network, state

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.perf.profiling import resident_bytes
from tinytorch.perf.quantization import QuantizedLinear, choose_qparams, quantize_model


def qparams(model):
    layers = [layer for layer in model.layers if isinstance(layer, QuantizedLinear)]
    return [(layer.input_scale, layer.input_zero_point) for layer in layers]


def fp32_input_ranges(model, data):
    """The range of every Linear's input in the FP32 model, over all data at once."""
    x, ranges = Tensor(np.concatenate([batch.data for batch in data])), []
    for layer in model.layers:
        if isinstance(layer, Linear):
            ranges.append((float(x.data.min()), float(x.data.max())))
        x = layer(x)
    return ranges


@pytest.mark.parametrize("nested", [False, True])
def test_every_linear_is_replaced_in_place_and_nothing_else(nested):
    model = network(nested=nested)
    relu = model.layers[1]
    assert quantize_model(model) is None
    assert model.layers[1] is relu
    assert "Linear" not in repr(model).replace("QuantizedLinear", "")
    assert repr(model).count("weight-only") == 3


def test_calibration_sees_the_fp32_activations_of_all_batches():
    model, data = network(), batches()
    expected = [choose_qparams(*bounds) for bounds in fp32_input_ranges(model, data)]
    quantize_model(model, data)
    assert qparams(model) == expected


def test_the_order_of_the_batches_does_not_matter():
    first, second = network(), network()
    quantize_model(first, batches())
    quantize_model(second, batches()[::-1])
    assert qparams(first) == qparams(second)


def test_a_generator_is_read_once_and_one_batch_at_a_time():
    model, log = network(), []
    model.layers.append(lambda x: (log.append("used"), x)[1])

    def generate():
        for batch in batches(3):
            log.append("asked")
            yield batch

    quantize_model(model, generate())
    assert log == ["asked", "used"] * 3


def test_batches_are_not_kept():
    kept = []

    def generate():
        for number in range(4):
            batch = Tensor(np.full((2, 6), number))
            kept.append(weakref.ref(batch))
            yield batch
            del batch
            assert sum(reference() is not None for reference in kept) <= 1

    quantize_model(network(), generate())
    assert not any(reference() for reference in kept)


def test_every_batch_counts_however_many_there_are():
    model = Sequential(Linear(1, 1))
    quantize_model(model, (Tensor([[float(n == 2999)]]) for n in range(3000)))
    assert model.layers[0].input_scale == np.float32(1 / 255)


def test_a_shared_layer_becomes_one_layer_that_saw_both_inputs():
    shared = Linear(2, 2, bias=False)
    shared.weight = Tensor([[0.0, -5.0], [3.0, 0.0]])
    model = Sequential(shared, Sequential(shared))
    quantize_model(model, [Tensor([[1.0, 2.0]])])
    assert model.layers[0] is model.layers[1].layers[0]
    assert qparams(model) == [choose_qparams(-5.0, 6.0)]


def test_a_sequential_with_a_forward_of_its_own_is_calibrated_through_it():
    class Residual(Sequential):
        def forward(self, x):
            return Tensor(100.0) + super().forward(x)

    model = Sequential(Residual(Linear(6, 6)), Linear(6, 2))
    quantize_model(model, batches())
    assert model.layers[1].input_scale > 90 / 255


def test_a_second_call_changes_nothing():
    model = network(nested=True)
    quantize_model(model, batches())
    before = state(model)
    quantize_model(model, batches(seed=9))
    quantize_model(model)
    assert state(model) == before


def test_a_layer_that_is_quantized_already_stays_as_it_is():
    model = network()
    model.layers[0] = own = QuantizedLinear(model.layers[0])
    quantize_model(model, batches())
    assert model.layers[0] is own
    assert own.input_scale is None
    assert model.layers[2].input_scale is not None


def test_no_fp32_weight_is_alive_afterwards():
    model = network(nested=True)
    weights = [weakref.ref(parameter.data) for parameter in model.parameters()]
    gc.disable()
    try:
        quantize_model(model, batches())
        assert [reference() for reference in weights] == [None] * 6
    finally:
        gc.enable()


def test_the_allocator_confirms_a_quarter_of_the_bytes():
    def fp32():
        return Sequential(Linear(256, 256), ReLU(), Sequential(Linear(256, 512)))

    def int8():
        model = fp32()
        quantize_model(model, [Tensor(np.ones((4, 256)))])
        return model

    assert resident_bytes(int8) <= 0.27 * resident_bytes(fp32)


def test_nothing_but_the_model_stays_allocated_from_the_first_call_on():
    code = """if True:
        import tracemalloc, numpy as np
        from tinytorch import Linear, Sequential, Tensor
        from tinytorch.perf.quantization import quantize_model
        x = Tensor(np.ones((8, 512)))
        Linear(1, 1)  # the first one imports numpy.random
        tracemalloc.start()
        model = Sequential(Linear(512, 512), Linear(512, 512))
        fp32 = tracemalloc.get_traced_memory()[0]
        quantize_model(model, [x])
        model(x)
        print(tracemalloc.get_traced_memory()[0] / fp32)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) <= 0.27


def test_int8_changes_hardly_a_prediction_on_real_digits():
    digits, model = load_digits(), load_digits_model()
    before = model(digits.test_images).data
    quantize_model(model, [digits.train_images[:100]])
    after = model(digits.test_images).data
    signal, noise = np.sum(before.astype(float) ** 2), np.sum((before - after) ** 2)
    assert 10 * np.log10(signal / noise) > 37
    assert np.sum(before.argmax(axis=1) != after.argmax(axis=1)) <= 2


def test_a_generator_may_use_the_model_that_is_being_calibrated():
    model = network()

    def generate():
        for _ in range(2):
            model(Tensor(np.full((1, 6), 1e6)))
            yield Tensor(np.ones((1, 6)))

    quantize_model(model, generate())
    assert model.layers[0].input_scale == np.float32(1 / 255)
