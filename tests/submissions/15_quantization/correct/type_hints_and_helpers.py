"""Type hints, constants, a named tuple and a helper for every step."""

from collections.abc import Iterable
from typing import Final, NamedTuple

INT8: Final = np.iinfo(np.int8)
STEPS: Final[int] = INT8.max - INT8.min


class Parameters(NamedTuple):
    scale: float
    zero_point: int


def _with_zero(low: float, high: float) -> tuple[float, float]:
    return min(low, 0.0), max(high, 0.0)


def _saturated(codes: np.ndarray) -> np.ndarray:
    return np.clip(codes, INT8.min, INT8.max).astype(np.int8)


def choose_qparams(minimum: float, maximum: float) -> Parameters:
    low, high = _with_zero(minimum, maximum)
    if high == low:
        return Parameters(scale=1.0, zero_point=0)
    scale: float = (high - low) / STEPS
    return Parameters(scale, zero_point=round(INT8.min - low / scale))


def quantize_int8(tensor: Tensor) -> tuple[Tensor, float, int]:
    values: np.ndarray = tensor.data
    if not values.size or not np.isfinite(values).all():
        raise ValueError("a tensor needs values, and finite ones")
    parameters = choose_qparams(float(values.min()), float(values.max()))
    codes = _saturated(np.rint(values / parameters.scale) + parameters.zero_point)
    return Tensor(codes), *parameters


def dequantize_int8(q_tensor: Tensor, scale: float, zero_point: int) -> Tensor:
    distance: np.ndarray = q_tensor.data.astype(np.int16) - zero_point
    return Tensor((distance * scale).astype(np.float32))


def calibrate(self: QuantizedLinear, sample_inputs: Iterable[Tensor]) -> None:
    ranges: list[tuple[float, float]] = [
        (float(sample.data.min()), float(sample.data.max())) for sample in sample_inputs
    ]
    if not ranges:
        raise ValueError("calibration needs samples")
    lows, highs = zip(*ranges, strict=True)
    self.input_scale, self.input_zero_point = choose_qparams(min(lows), max(highs))


QuantizedLinear.calibrate = calibrate
