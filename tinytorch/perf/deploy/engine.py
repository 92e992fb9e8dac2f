"""A model in ONNX Runtime, in one call: what INT8 is fast in.

NumPy multiplies integers no faster than floats; ONNX Runtime has kernels for it.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layer import as_layer_input
from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.system import optional
from tinytorch.core.tensor import Tensor
from tinytorch.perf.deploy.onnx import onnx_model
from tinytorch.perf.deploy.operators import ELEMENT_BY_ELEMENT, EXACT
from tinytorch.perf.deploy.own_layers import deployable_layers
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.validation import INT8_MAX_VALUE, INT8_MIN_VALUE, QParams

if TYPE_CHECKING:
    from onnx import ModelProto


class CompiledModel:
    """A model that runs in ONNX Runtime; made by `compile_model`.

    Attributes:
        exact: whether outputs are those of the model bit for bit.
        kind: what the model is, such as "INT8, bit for bit".
    """

    def __init__(self, layers: list[Any], session: Any) -> None:
        self._session = session
        weighted = [each for each in layers if isinstance(each, (Linear, QuantizedLinear))]
        calibrated = [isinstance(each, QuantizedLinear) and each.input_scale is not None
                      for each in weighted]  # fmt: skip
        self._first, self._outputs = weighted[0], weighted[-1].out_features
        self._is_checked = calibrated[0]
        self._flattens = any(isinstance(layer, Flatten) for layer in layers)
        self.exact = all(calibrated) and all(type(layer) in EXACT for layer in layers)
        if self.exact:
            self.kind = "INT8, bit for bit"
        elif all(calibrated):
            self.kind = "INT8, with activations to within 1e-6"
        elif any(isinstance(each, QuantizedLinear) for each in weighted):
            self.kind = "INT8 in part: layers that are not calibrated compute in FP32"
        else:
            self.kind = "FP32"

    def __call__(self, x: Any) -> Tensor:
        """Compute the model's output.

        Args:
            x: Tensor or array of shape (..., in).

        Returns:
            float32 Tensor of shape (..., out).

        Raises:
            TypeError: if x holds int8 codes.
            ValueError: if the last axis of x does not fit, or the first layer is calibrated and x
                holds NaN or infinite values.
        """
        x = as_layer_input(Flatten()(x) if self._flattens else x, self._first)
        rows = np.ascontiguousarray(x.data, np.float32).reshape(-1, x.shape[-1])
        shape = *x.shape[:-1], self._outputs
        if rows.size == 0:
            return Tensor(np.zeros(shape, np.float32))
        if self._is_checked and not _is_finite(rows):
            raise ValueError(f"{self!r}: NaN and infinite values in the input have no code")
        result = Tensor.__new__(Tensor)  # a tenth of a small network's time is checking its dtype
        result.data = self._session.run(["y"], {"x": rows})[0].reshape(shape)
        return result

    def __repr__(self) -> str:
        return f"CompiledModel({self._first.in_features} to {self._outputs}, {self.kind})"


def _is_finite(rows: NDArray[np.float32]) -> bool:
    flat = rows.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.dot(flat, flat)  # much faster than to look at each one; it may overflow
    return math.isfinite(squares) or bool(np.isfinite(flat).all())


def compile_model(model: Sequential, *, threads: int | None = None) -> CompiledModel:
    """Make a model run in ONNX Runtime: one session, in memory, without a file.

    A calibrated INT8 model gives the outputs of `model(x)` bit for bit, several times as fast. An
    FP32 model, or one whose layers are not all calibrated, runs too; `kind` says what it is. The
    model is copied: what changes in it later does not change what was compiled.

    Args:
        model: what `export_onnx` takes. A Flatten must stand before all layers that see more than
            one number, since its inputs become rows first.
        threads: that one call may use; by default as many as there are processors.

    Returns:
        A callable from a Tensor of any number of axes to a Tensor.

    Raises:
        ImportError: if onnx or onnxruntime is not installed (they are in the `deploy` extra).
        TypeError: as `export_onnx`.
        ValueError: as `export_onnx`, or if threads is below 1.

    Example:
        >>> from tinytorch.datasets import load_digits, load_digits_model
        >>> from tinytorch.perf.quantization import quantize_model
        >>> model, images = load_digits_model(), load_digits().test_images
        >>> quantize_model(model, [images])
        >>> fast = compile_model(model)
        >>> fast
        CompiledModel(784 to 10, INT8, bit for bit)
        >>> bool((fast(images).data == model(images).data).all())
        True
    """
    with optional("onnxruntime", "deploy", "compile_model"):
        import onnxruntime  # noqa: F401
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ValueError(f"compile_model: threads must be an integer from 1, got {threads!r}")
    made = onnx_model(model, "compile_model")
    layers = [layer for _, layer in deployable_layers(model)]
    _check_flatten(layers)
    return CompiledModel(layers, session(made, threads))


def session(made: ModelProto, threads: int | None = None, spinning: bool = True) -> Any:
    """A session of ONNX Runtime, set so that it computes what the model computes.

    Args:
        made: what `onnx_model` gives.
        threads: as of `compile_model`.
        spinning: whether its idle threads keep processors busy, as they do by default, which is
            quicker for it and slows down what runs next.
    """
    return _session(made, threads, spinning, _kernels_saturate())


def _session(made: ModelProto, threads: int | None, spinning: bool, saturates: bool) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    if saturates:
        options.add_session_config_entry("session.x64quantprecision", "1")
    # Weights alone in INT8: it would round the inputs too.
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    return onnxruntime.InferenceSession(
        made.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


@functools.cache
def _kernels_saturate() -> bool:
    """Whether the kernels for this processor saturate sums in 16 bits if they are not told not to.

    Those for x86 without VNNI do. Telling others takes half their speed, so it is tried here.
    """
    codes = Tensor(np.full((64, 64), INT8_MAX_VALUE, np.int8))
    layer = QuantizedLinear.from_codes(codes, QParams(1.0, 0), inputs=QParams(1.0, INT8_MIN_VALUE))
    trial = _session(onnx_model(Sequential(layer), "compile_model"), 1, True, False)
    largest = Tensor(np.full((32, 64), INT8_MAX_VALUE - INT8_MIN_VALUE, np.float32))
    return any(
        trial.run(["y"], {"x": x.data})[0].tobytes() != layer(x).data.tobytes()
        for x in (largest, largest[:1])
    )


def _check_flatten(layers: list[Any]) -> None:
    """Refuse a Flatten behind a layer that works along the last axis of what it is given."""
    place = max((n for n, layer in enumerate(layers) if isinstance(layer, Flatten)), default=0)
    for layer in layers[:place]:
        if not isinstance(layer, Flatten) and type(layer) not in ELEMENT_BY_ELEMENT:
            raise ValueError(
                f"compile_model: Flatten comes behind {layer!r}; put it before all layers with "
                "weights, or use export_onnx, with the number of axes"
            )
