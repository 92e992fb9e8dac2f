"""Marks on the number line that follow sliders: range, bits, and whether zero point is 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    describe,
    picture_html,
)
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.quantization.affine import affine_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

END = 4.0  # of the number line, on both sides
POINTS = 4001
MIN_BITS, MAX_BITS = 2, 8


def measure_marks(
    minimum: float, maximum: float, bits: int, symmetric: bool = False
) -> dict[str, Any]:
    """Quantize values from -4 to 4 with the codes of a range.

    Args:
        minimum: start of the range, which is widened to hold zero.
        maximum: end of the range.
        bits: width of a code, 2 to 8.
        symmetric: use zero point 0 and as many codes above it as below; the range then reaches as
            far on one side as on the other.

    Returns:
        A dict of scale; zero_point; codes, all there are; marks, the values that they stand for;
        values, of shape (4001,); restored and error, of the same shape.

    Raises:
        ValueError: if minimum lies above maximum, or bits outside of 2 to 8.
    """
    if minimum > maximum:
        raise ValueError(f"marks_slider expects minimum <= maximum, got {minimum} and {maximum}")
    if not MIN_BITS <= bits <= MAX_BITS:
        raise ValueError(f"marks_slider expects {MIN_BITS} to {MAX_BITS} bits, got {bits}")
    half = 2 ** (bits - 1)
    lowest, highest = (1 - half if symmetric else -half), half - 1
    if symmetric:
        maximum = max(abs(minimum), abs(maximum))
        minimum = -maximum
    scale, zero_point = (
        np.asarray(part).item()
        for part in affine_grid(np.float64(minimum), np.float64(maximum), lowest, highest)
    )
    values: NDArray[np.float64] = np.linspace(-END, END, POINTS)
    codes = np.clip(np.rint(values / scale) + zero_point, lowest, highest)
    restored = (codes - zero_point) * scale
    every_code = np.arange(lowest, highest + 1)
    return {
        "scale": scale,
        "zero_point": int(zero_point),
        "codes": every_code,
        "marks": (every_code - zero_point) * scale,
        "values": values,
        "restored": restored,
        "error": restored - values,
    }


@figure(1, 3)
def marks(
    axes: Any, minimum: float = -1.0, maximum: float = 3.0, bits: int = 3, symmetric: bool = False
) -> None:
    """Draw the marks of a range on the number line, the stairs of quantization, and the error.

    Args:
        minimum, maximum, bits, symmetric: as in `measure_marks`.

    Returns:
        A matplotlib Figure of three panels.

    Raises:
        ValueError: as `measure_marks`.
    """
    numbers = measure_marks(minimum, maximum, bits, symmetric)
    scale, zero_point, codes = (numbers[name] for name in ("scale", "zero_point", "codes"))
    values, error = numbers["values"], numbers["error"]
    line, stairs, errors = axes[0]
    line.axhline(0, color=FP32_COLOUR, linewidth=1.5)
    line.vlines(numbers["marks"], -0.3, 0.3, color=INT8_COLOUR, linewidth=8 / bits)
    for code in (codes[0], codes[-1]):
        place = ((code - zero_point) * scale, 0.38)
        line.text(*place, f"{code}", color=INT8_COLOUR, ha="center", va="bottom")
    line.annotate(
        f"0.0 is code {zero_point}",
        (0, -0.3),
        (0, -0.75),
        arrowprops={"arrowstyle": "-"},
        ha="center",
        va="top",
    )
    line.set_ylim(-1.2, 1)
    line.set_yticks([])
    line.spines["left"].set_visible(False)
    describe(line, f"{codes.size} marks: scale {scale:.3g},\nzero point {zero_point}", "value", "")

    stairs.plot(values, values, color=FP32_COLOUR, linewidth=1.2, label="value")
    stairs.plot(values, numbers["restored"], color=INT8_COLOUR, label="restored")
    stairs.legend(frameon=False, handlelength=1.2)
    low, high = numbers["marks"][[0, -1]]
    describe(stairs, f"Restored values end\nat {low:.2f} and {high:.2f}", "value", "restored")

    inside = (values >= minimum) & (values <= maximum)
    errors.plot(values, error, color=INT8_COLOUR)
    for bound in (-scale / 2, scale / 2):
        errors.axhline(bound, color=FP32_COLOUR, linestyle="--", linewidth=1)
    worst = np.abs(error[inside]).max() if inside.any() else 0.0
    title = f"Error in the range: up to {worst:.2g}\n(half a step is {scale / 2:.2g})"
    describe(errors, title, "value", "error")
    for axis in axes[0]:
        axis.set_xlim(-END, END)
        axis.axvspan(minimum, maximum, color=GRID_COLOUR, alpha=0.3, linewidth=0, zorder=0)


def marks_slider(
    minimum: float = -1.0, maximum: float = 3.0, bits: int = 3, symmetric: bool = False
) -> Figure | Any:
    """Show the marks of a range with sliders for range and bits, which the figure follows.

    Args:
        minimum, maximum, bits, symmetric: where the sliders stand at first, as in `measure_marks`.

    Returns:
        A widget in a notebook that has ipywidgets. Elsewhere the same as a matplotlib Figure,
        which does not move.

    Raises:
        ValueError: as `measure_marks`.
    """
    still = marks(minimum, maximum, bits, symmetric)
    if not _in_notebook():
        return still
    try:
        import ipywidgets
    except ImportError:
        return still

    class MarksSlider(ipywidgets.VBox):  # type: ignore[misc]
        """Sliders above a figure; where widgets are not shown, the figure as it was at first."""

        def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
            return still._repr_mimebundle_() | super()._repr_mimebundle_(**kwargs)

    ends = ipywidgets.FloatRangeSlider(
        value=(minimum, maximum),
        min=-END,
        max=END,
        step=0.1,
        description="range",
        readout_format=".1f",
    )
    width = ipywidgets.IntSlider(value=bits, min=MIN_BITS, max=MAX_BITS, description="bits")
    is_symmetric = ipywidgets.Checkbox(value=symmetric, description="symmetric (zero point 0)")
    picture = ipywidgets.HTML(picture_html(still))

    def redraw(_: Any) -> None:
        low, high = ends.value
        picture.value = picture_html(marks(low, high, width.value, is_symmetric.value))

    for control in (ends, width, is_symmetric):
        # Each drawing takes longer than a slider's steps: wait until it is let go.
        control.continuous_update = False
        control.observe(redraw, names="value")
    # In a narrow notebook, controls continue on a second line.
    controls = ipywidgets.HBox(
        [ends, width, is_symmetric], layout=ipywidgets.Layout(flex_flow="row wrap")
    )
    return MarksSlider([controls, picture])


def _in_notebook() -> bool:
    """Whether a kernel runs this, which a widget's messages need."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
