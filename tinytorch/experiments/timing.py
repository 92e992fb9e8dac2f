"""What quantization does to time: the same layer computed in several ways."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.experiments.students import QuantizeModel
from tinytorch.experiments.waiting import waits_for_exercises
from tinytorch.perf.profiling import seconds
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.quantization import quantize_model as library_quantize_model
from tinytorch.perf.quantized_linear import QuantizedLinear
from tinytorch.plots import (
    ENGINE_COLOUR,
    FP32_COLOUR,
    INT8_COLOUR,
    OTHER_COLOUR,
    bars,
    describe,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


BATCHES = (1, 64)
ROUNDS = 100
SECONDS = 1.5  # after which no new round begins


def measure_speed(quantize_model: QuantizeModel = quantize_model) -> dict[str, dict[int, float]]:
    """Seconds of a 1024 x 1024 layer computed in several ways, each the quickest of many turns.

    Returns:
        A dict from the way to a dict from batch size (1 and 64) to seconds. ONNX Runtime is left
        out unless onnx and onnxruntime can be imported.
    """
    rng = np.random.default_rng(0)
    layer = Linear(1024, 1024, rng=rng)
    inputs = {size: Tensor(rng.standard_normal((size, 1024))) for size in BATCHES}
    ways: dict[str, Callable[[Tensor], Any]] = {"NumPy\nFP32": layer}
    for name, quantize in (("yours", quantize_model), ("tinytorch", library_quantize_model)):
        weight_only, calibrated = Sequential(layer), Sequential(layer)
        quantize(weight_only)
        quantize(calibrated, [inputs[64]])
        ways |= {f"{name}\nweight-only": weight_only, f"{name}\ncalibrated": calibrated}
    reference = calibrated.layers[0]
    run = onnxruntime_forward(reference)
    if run is not None:
        ways["ONNX\nRuntime"] = run
    times: dict[str, dict[int, float]] = {name: dict.fromkeys(BATCHES, math.inf) for name in ways}
    start, rounds = time.perf_counter(), 0
    # In turns, and the quickest turn counts: another program that keeps the machine busy for a
    # moment then falsifies none of them.
    while rounds < ROUNDS and (rounds == 0 or time.perf_counter() - start < SECONDS):
        rounds += 1
        for size, x in inputs.items():
            for name, way in ways.items():
                taken = seconds(partial(way, x), repeats=1)
                times[name][size] = min(times[name][size], taken)
    return times


@waits_for_exercises
def speed(quantize_model: QuantizeModel = quantize_model) -> Figure:
    """Draw the time of a 1024 x 1024 layer relative to NumPy in FP32, for two batch sizes.

    Args:
        quantize_model: changes a Sequential in place, with or without a list of Tensors for
            calibration.

    Returns:
        A matplotlib Figure of two panels.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    figure, axes = new_figure(1, len(BATCHES), 10, 3.5)
    times = measure_speed(quantize_model)
    colours = [FP32_COLOUR, *[INT8_COLOUR] * 2, *[OTHER_COLOUR] * 2, ENGINE_COLOUR]
    for axis, size in zip(axes[0], BATCHES, strict=True):
        base = next(iter(times.values()))[size]
        relative = [way[size] / base for way in times.values()]
        texts = [f"{value:.3g} x" for value in relative]
        bars(axis, list(times), relative, texts, colours[: len(times)])
        axis.axhline(1, color=FP32_COLOUR, linestyle="--", linewidth=1, zorder=0)
        title = f"Batch {size}: your layer takes {relative[1]:.1f} x FP32's time"
        describe(axis, title, "", f"time (1 = {1e3 * base:.2f} ms)")
        axis.tick_params(axis="x", labelsize=8)
    return figure


def onnxruntime_forward(layer: QuantizedLinear) -> Callable[[Tensor], Any] | None:
    """The calibrated layer as ONNX Runtime computes it, in INT8.

    Args:
        layer: a QuantizedLinear with a bias, calibrated.

    Returns:
        A function from a Tensor (rows, in) to an array (rows, out), or None without ONNX Runtime.
    """
    try:
        import onnxruntime  # type: ignore[import-untyped]
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        return None
    assert layer.input_scale is not None
    assert layer.input_zero_point is not None
    values = {
        "input_scale": np.float32(layer.input_scale),
        "input_zero_point": np.int8(layer.input_zero_point),
        "weight_codes": layer.q_weight.data,
        "weight_scale": np.float32(layer.weight_scale),
        "weight_zero_point": np.int8(layer.weight_zero_point),
        "bias": layer.dequantized_bias().data,
    }
    # MatMul between DequantizeLinear nodes is the pattern that its integer kernels are found by.
    nodes = [
        ("QuantizeLinear", ["x", "input_scale", "input_zero_point"], "x_codes"),
        ("DequantizeLinear", ["x_codes", "input_scale", "input_zero_point"], "x_real"),
        ("DequantizeLinear", ["weight_codes", "weight_scale", "weight_zero_point"], "weight"),
        ("MatMul", ["x_real", "weight"], "product"),
        ("Add", ["product", "bias"], "y"),
    ]
    graph = helper.make_graph(
        [helper.make_node(kind, names, [output]) for kind, names, output in nodes],
        "quantized_linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", layer.in_features])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", layer.out_features])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    options = onnxruntime.SessionOptions()
    # Idle threads of its pool would otherwise spin, and slow down what is timed next.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        model.SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
        # Fused into a Gemm with a float bias, the product would be computed in floats.
        disabled_optimizers=["MatMulAddFusion"],
    )
    return lambda x: session.run(None, {"x": x.data})[0]
