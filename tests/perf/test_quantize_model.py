"""quantize_model: whole models, all or nothing."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.perf.profiling import resident_bytes
from tinytorch.perf.quantization import (
    QuantizedLinear,
    choose_qparams,
    quantize_model,
)


def network(seed=0, nested=False):
    rng = np.random.default_rng(seed)
    layers = Linear(6, 8, rng=rng), ReLU(), Linear(8, 7, rng=rng), ReLU(), Linear(7, 3, rng=rng)
    return (
        Sequential(layers[0], Sequential(*layers[1:4]), layers[4])
        if nested
        else Sequential(*layers)
    )


def batches(count=4, seed=1):
    rng = np.random.default_rng(seed)
    # The third batch has the widest range.
    return [Tensor(rng.normal(size=(5, 6)) * (1 + n % 3)) for n in range(count)]


def state(model):
    """The layers themselves, their attributes and bits: equal only if nothing changed."""
    if isinstance(model, Sequential):
        return [id(model), [state(layer) for layer in model.layers]]
    return id(model), sorted(vars(model)), [p.data.tobytes() for p in model.parameters()]


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
    forward = model.layers[4].forward
    model.layers[4].forward = lambda x: (log.append("used"), forward(x))[1]

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


def test_forward_is_left_as_it_was_found():
    model = network()
    layer = model.layers[0]
    with pytest.raises(ValueError, match="no calibration samples"):
        quantize_model(model, [])
    assert "forward" not in vars(layer)


class Explosive(ReLU):
    def forward(self, x):
        if x.data.max() > 50:
            raise RuntimeError("boom")
        return super().forward(x)


def broken_weight(model):
    model.layers[4].weight.data[0, 0] = np.inf


@pytest.mark.parametrize(
    ("data", "spoil", "error", "part"),
    [
        ([], None, ValueError, "no calibration samples"),
        (Tensor(np.ones((2, 6))), None, TypeError, "got one Tensor"),
        (7, None, TypeError, "expects an iterable of Tensors, got int"),
        ([*batches(), Tensor(np.ones((2, 5)))], None, ValueError, r"\[4\].*6 features.*\(2, 5\)"),
        ([*batches(), "x"], None, TypeError, "got str at position 4"),
        (
            [(batches()[0], [1])],
            None,
            TypeError,
            r"got tuple at position 0.*\[x for x, _ in data\]",
        ),
        ([*batches(), Tensor([[np.nan] * 6])], None, ValueError, r"\[4\].*6 NaN"),
        ([*batches(), Tensor([[1e30] * 6])], None, RuntimeError, "boom"),
        (None, broken_weight, ValueError, r"layer 4: the weight of Linear\(7, 3\).*1 infinite"),
        (batches(), broken_weight, ValueError, "layer 4"),
    ],
)
def test_on_any_error_the_model_is_as_before(data, spoil, error, part):
    model = network()
    model.layers[1] = Explosive()
    if spoil:
        spoil(model)
    before = state(model)
    with pytest.raises(error, match=part):
        quantize_model(model, data)
    assert state(model) == before


@pytest.mark.parametrize("thing", [None, Sequential, [Linear(2, 2)], {"layers": []}, ReLU()])
def test_what_is_not_a_sequential_is_refused(thing):
    with pytest.raises(TypeError, match="quantize_model expects a Sequential, got"):
        quantize_model(thing)


def test_a_bare_linear_is_refused_with_the_way_out():
    with pytest.raises(TypeError, match=r"use Sequential\(layer\), or QuantizedLinear\(layer\)"):
        quantize_model(Linear(2, 2))


def test_a_wrong_observer_is_refused_before_anything_happens():
    model, asked = network(), []
    before = state(model)
    with pytest.raises(ValueError, match="observer must be one of"):
        quantize_model(model, (asked.append(1) for _ in range(2)), observer="median")
    assert state(model) == before
    assert asked == []


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


def test_a_tuple_of_layers_is_replaced_too():
    model = Sequential(Sequential(Linear(6, 4)), Linear(4, 2))
    model.layers = tuple(model.layers)
    quantize_model(model)
    assert repr(model).count("QuantizedLinear") == 2


def test_a_generator_may_use_the_model_that_is_being_calibrated():
    model = network()

    def generate():
        for _ in range(2):
            model(Tensor(np.full((1, 6), 1e6)))
            yield Tensor(np.ones((1, 6)))

    quantize_model(model, generate())
    assert model.layers[0].input_scale == np.float32(1 / 255)


def test_activations_that_overflow_are_named_with_their_layer():
    model = network()
    with pytest.raises(ValueError, match=r"\[0\]: the input of Linear\(8, 7\): .* infinite"):
        quantize_model(model, [Tensor(3e38 * np.sign(model.layers[0].weight.data.T[:1]))])


def test_without_a_linear_there_is_nothing_to_quantize():
    for model in (Sequential(), Sequential(ReLU(), Sequential())):
        with pytest.raises(ValueError, match="holds no Linear layer to quantize"):
            quantize_model(model)


def test_calibration_data_for_a_model_that_is_quantized_already_are_refused():
    model = network()
    quantize_model(model)
    before = state(model)
    with pytest.raises(ValueError, match=r"quantized already and .* was not calibrated"):
        quantize_model(model, batches())
    assert state(model) == before
