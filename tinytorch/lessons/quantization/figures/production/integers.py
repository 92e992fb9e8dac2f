"""The digit network in integers from end to end: a student's sums beside ONNX Runtime's codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, leaf_layers
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization import integers
from tinytorch.lessons.quantization.figures.drawing import (
    ENGINE_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    caption,
    describe,
)
from tinytorch.lessons.quantization.figures.models import CALIBRATION_IMAGES
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.deploy.engine import session
from tinytorch.perf.quantization import choose_qparams, quantize_model

Array = NDArray[Any]
QuantizeBias = Callable[[Tensor, float], Tensor]
IntegerLinear = Callable[..., Tensor]
OPSET, IR_VERSION = 13, 7
LIMITS = {"int8": 2**7 - 1, "int16": 2**15 - 1, "exact in float32": 2**24, "int32": 2**31 - 1}


class IntegerLayer(NamedTuple):
    """What a layer multiplies and adds up, all of it codes and zero points."""

    x_scale: float
    x_zero_point: int
    q_weight: Tensor
    weight_scale: float
    weight_zero_point: int
    q_bias: Tensor
    y_scale: float
    y_zero_point: int

    @property
    def multiplier(self) -> float:
        """What turns sums into codes of the output: s_x s_w / s_y, as float32 products."""
        scale = np.float32(self.x_scale) * np.float32(self.weight_scale)
        return float(scale / np.float32(self.y_scale))


def integer_layers(quantize_bias: QuantizeBias) -> list[IntegerLayer]:
    """The layers of the calibrated digit network; a ReLU is the zero point -128 of its outputs."""
    fp32_model, model = load_digits_model(), load_digits_model()
    samples = load_digits().train_images[:CALIBRATION_IMAGES]
    quantize_model(model, [samples])
    linears = [layer for _, layer in leaf_layers(fp32_model) if isinstance(layer, Linear)]
    biases = [linear.bias for linear in linears if linear.bias is not None]
    layers = [layer for _, layer in leaf_layers(model) if hasattr(layer, "q_weight")]
    outputs = fp32_model(samples).data
    ends = [(layer.input_scale, layer.input_zero_point) for layer in layers[1:]]
    ends.append(choose_qparams(float(outputs.min()), float(outputs.max())))
    return [
        IntegerLayer(
            layer.input_scale, layer.input_zero_point,
            layer.q_weight, layer.weight_scale, layer.weight_zero_point,
            quantize_bias(bias, layer.input_scale * layer.weight_scale), *end,
        )
        for layer, bias, end in zip(layers, biases, ends, strict=True)
    ]  # fmt: skip


def measure_integers(
    quantize_bias: QuantizeBias = integers.quantize_bias,
    integer_linear: IntegerLinear = integers.integer_linear,
) -> dict[str, Any]:
    """Run the held-out digits through the network in integers, here and in ONNX Runtime.

    Returns:
        A dict of codes, a list of the int8 codes that each layer gives; engine_codes, the same
        from ONNX Runtime, or from the library's own function where that is not installed; engine,
        which of the two; names of the layers; largest_sums, the largest magnitude of a sum in each
        layer; and right, the fraction of images whose digit is read rightly from the last codes.
    """
    digits, layers = load_digits(), integer_layers(quantize_bias)
    names = [name for name, layer in leaf_layers(load_digits_model()) if isinstance(layer, Linear)]
    first = layers[0]
    steps = np.rint(digits.test_images.data / np.float32(first.x_scale)) + first.x_zero_point
    images = np.clip(steps, -128, 127).astype(np.int8)
    codes = _run(layers, integer_linear, images)
    try:
        engine, engine_codes = "ONNX Runtime", _run_in_engine(layers, images)
    except ImportError:
        engine = "the library (ONNX Runtime is not installed)"
        engine_codes = _run(layers, integers.integer_linear, images)
    return {
        "codes": codes,
        "engine_codes": engine_codes,
        "engine": engine,
        "largest_sums": [
            _largest_sum(layer, x)
            for layer, x in zip(layers, [images, *engine_codes], strict=False)
        ],
        "names": names,
        "right": float(np.mean(codes[-1].argmax(axis=1) == digits.test_labels)),
    }


def _run(layers: Sequence[IntegerLayer], linear: IntegerLinear, images: Array) -> list[Array]:
    codes, x = [], Tensor(images)
    for each in layers:
        x = linear(
            x, each.x_zero_point, each.q_weight, each.weight_zero_point, each.q_bias,
            each.multiplier, each.y_zero_point,
        )  # fmt: skip
        codes.append(x.data)
    return codes


def _run_in_engine(layers: Sequence[IntegerLayer], images: Array) -> list[Array]:
    """The same by ONNX Runtime's own integer layer, QGemm of com.microsoft."""
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, results = [], [], []
    for number, layer in enumerate(layers):
        values = {
            "x_scale": np.float32(layer.x_scale), "x_zero": np.int8(layer.x_zero_point),
            "w": layer.q_weight.data, "w_scale": np.float32(layer.weight_scale),
            "w_zero": np.int8(layer.weight_zero_point), "bias": layer.q_bias.data,
            "y_scale": np.float32(layer.y_scale), "y_zero": np.int8(layer.y_zero_point),
        }  # fmt: skip
        named = {f"{name}{number}": np.asarray(value) for name, value in values.items()}
        constants += [numpy_helper.from_array(value, name) for name, value in named.items()]
        node = helper.make_node("QGemm", [f"q{number}", *named], [f"q{number + 1}"],
                                domain="com.microsoft")  # fmt: skip
        nodes.append(node)
        shape = [None, layer.q_weight.shape[1]]
        results.append(helper.make_tensor_value_info(f"q{number + 1}", TensorProto.INT8, shape))
    inputs = [helper.make_tensor_value_info("q0", TensorProto.INT8, [None, images.shape[1]])]
    graph = helper.make_graph(nodes, "integers", inputs, results, constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    return session(made).run(None, {"q0": images})


def _largest_sum(layer: IntegerLayer, x: Array) -> int:
    # Integers below 2**53 are exact in float64, which BLAS multiplies.
    weight = layer.q_weight.data.astype(np.float64) - layer.weight_zero_point
    sums = (x.astype(np.float64) - layer.x_zero_point) @ weight + layer.q_bias.data
    return int(np.abs(sums).max())


@figure(1, 2, height=4.1)
def integers_all_the_way(
    axes: Any,
    quantize_bias: QuantizeBias = integers.quantize_bias,
    integer_linear: IntegerLinear = integers.integer_linear,
) -> None:
    """Draw how many output codes are those of ONNX Runtime, and how large the sums get.

    Args:
        quantize_bias: from a float32 Tensor and a scale to int32 codes.
        integer_linear: from int8 codes to int8 codes, see the bonus exercise.

    Returns:
        A matplotlib Figure of two panels, and a caption with the accuracy.
    """
    found = measure_integers(quantize_bias, integer_linear)
    agreement, sizes = axes[0]
    pairs = list(zip(found["codes"], found["engine_codes"], strict=True))
    here = np.concatenate([codes.ravel() for codes, _ in pairs]).astype(np.int16)
    there = np.concatenate([codes.ravel() for _, codes in pairs]).astype(np.int16)
    points = np.unique(np.stack([here, there]), axis=1)
    agreement.plot(*points, ".", color=ENGINE_COLOUR, markersize=4)
    agreement.set_xticks([-128, -64, 0, 64, 127])
    agreement.set_yticks([-128, -64, 0, 64, 127])
    equal = int(np.sum(here == there))
    what = "All" if equal == here.size else f"{equal:,} of"
    title = f"{what} {here.size:,} codes are equal"
    describe(agreement, title, "your code", f"code of {found['engine'].split(' (')[0]}")

    places = [f"layer {name}" for name in found["names"]]
    sizes.bar(places, found["largest_sums"], color=INT8_COLOUR, width=0.55)
    sizes.set_yscale("log")
    for name, limit in LIMITS.items():
        sizes.axhline(limit, color=GRID_COLOUR, linestyle="--", linewidth=1)
        sizes.annotate(
            name, (1, limit), (-2, 2), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right",
        )  # fmt: skip
    sizes.set_xlim(-0.5, len(places) + 0.3)  # room for the names of the limits
    sizes.set_ylim(10, 2e10)
    largest = max(found["largest_sums"])
    describe(sizes, f"The largest sum is {largest:,}", "", "largest sum (log scale)")
    text = f"Compared with {found['engine']}, for 2,000 held-out digits in three layers. "
    text += "From the images' codes to the last ones there are integers, and one multiplier per "
    text += f"layer: {100 * found['right']:.2f} % are right."
    caption(axes, text)
