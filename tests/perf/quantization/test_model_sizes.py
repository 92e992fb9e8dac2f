"""analyze_model_sizes: bytes from the arrays, worked out by hand."""

import copy

import pytest

from tinytorch import Linear, ReLU, Sequential
from tinytorch.perf.quantization import analyze_model_sizes, quantize_model


def test_sizes_are_those_of_question_1():
    original = Sequential(Linear(784, 256), ReLU(), Sequential(Linear(256, 128), Linear(128, 10)))
    quantized = copy.deepcopy(original)
    quantize_model(quantized)
    sizes = analyze_model_sizes(original, quantized)
    assert sizes == {
        "original_params": 235_146,
        "quantized_params": 235_146,
        "original_bytes": 940_584,
        "quantized_bytes": 235_146 + 6 * 8,
        "compression_ratio": 940_584 / 235_194,
        "memory_saved_mb": pytest.approx(0.70539),
        "memory_saved_percent": pytest.approx(74.9949, abs=1e-4),
    }


def test_sizes_come_from_the_arrays_and_count_a_shared_layer_once():
    shared = Linear(4, 4, bias=False)
    original = Sequential(shared, shared)
    fake = Sequential(Linear(4, 4, bias=False))
    sizes = analyze_model_sizes(original, fake)
    assert (sizes["original_bytes"], sizes["quantized_bytes"]) == (64, 64)
    assert (sizes["compression_ratio"], sizes["memory_saved_mb"]) == (1.0, 0.0)


def test_sizes_of_what_is_no_model_are_refused():
    with pytest.raises(TypeError, match="quantized must be a Sequential, got Linear"):
        analyze_model_sizes(Sequential(Linear(2, 2)), Linear(2, 2))
    with pytest.raises(ValueError, match="the original model has no parameters"):
        analyze_model_sizes(Sequential(), Sequential(Linear(2, 2)))


def test_comparing_a_model_with_itself_after_quantization_is_a_mistake():
    model = Sequential(Linear(4, 4))
    original = model
    quantize_model(model)
    with pytest.raises(ValueError, match=r"the original is quantized; .* copy.deepcopy"):
        analyze_model_sizes(original, model)
    with pytest.raises(TypeError, match="quantize_model works in place and returns None"):
        analyze_model_sizes(original, quantize_model(model))
    with pytest.raises(ValueError, match="not the same network, 20 parameters against 30"):
        analyze_model_sizes(Sequential(Linear(4, 4)), Sequential(Linear(5, 5)))
