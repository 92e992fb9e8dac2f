"""The figure with sliders follows them, and is a still picture where there are none."""

import sys

import ipywidgets
import numpy as np
import pytest
from lessons.figures.reading import line
from matplotlib.figure import Figure

from tinytorch import experiments
from tinytorch.lessons.quantization.figures.arithmetic import slider
from tinytorch.perf.analysis import fake_quantize


@pytest.fixture
def widget(monkeypatch):
    monkeypatch.setattr(slider, "_in_notebook", lambda: True)
    return experiments.marks_slider()


def test_every_control_draws_the_picture_again(widget):
    controls, picture = widget.children
    ends, bits, symmetric = controls.children
    seen = [picture.value]
    for control, value in ((ends, (-2.0, 2.0)), (bits, 2), (symmetric, True)):
        control.value = value
        assert picture.value not in seen
        seen.append(picture.value)
    assert "3 marks: scale 2, zero point 0" in picture.value
    assert "data:image/png;base64," in picture.value


def test_where_widgets_are_not_shown_the_picture_is_still_there(widget):
    shown = widget._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/html"} <= {*shown}


def test_without_a_notebook_or_ipywidgets_it_is_a_still_picture(monkeypatch):
    assert isinstance(experiments.marks_slider(), Figure)
    monkeypatch.setattr(slider, "_in_notebook", lambda: True)
    assert isinstance(experiments.marks_slider(), ipywidgets.VBox)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    still = experiments.marks_slider(0.0, 1.5, bits=2)
    assert "4 marks: scale 0.5" in still.axes[0].get_title()


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("bits", [2, 5, 8])
def test_marks_are_those_of_fake_quantization(bits, symmetric):
    numbers = slider.measure_marks(-1.0, 2.974, bits, symmetric)
    values = numbers["values"][(numbers["values"] >= -1) & (numbers["values"] <= 2.9745)]
    expected = fake_quantize(values.astype(np.float32), bits, symmetric)
    inside = np.isin(numbers["values"], values)
    assert numbers["restored"][inside] == pytest.approx(expected, abs=1e-5)
    assert numbers["marks"].size == numbers["codes"].size == 2**bits - symmetric


def test_the_figure_shows_marks_stairs_and_error():
    still = experiments.marks_slider(-1.0, 3.0, bits=3)
    numbers = slider.measure_marks(-1.0, 3.0, 3)
    assert len(still.axes[0].collections[0].get_segments()) == 8
    assert np.array_equal(line(still.axes[1], "restored")[1], numbers["restored"])
    assert np.array_equal(still.axes[2].lines[0].get_ydata(), numbers["error"])


@pytest.mark.parametrize("ends", [(0.0, 0.0), (2.0, 3.0), (-4.0, 4.0), (-1.0, -1.0)])
def test_any_range_of_the_sliders_can_be_drawn(ends):
    assert isinstance(experiments.marks_slider(*ends), Figure)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [((1.0, -1.0, 4), "minimum <= maximum, got 1.0 and -1.0"), ((-1.0, 1.0, 9), "2 to 8 bits")],
)
def test_what_cannot_be_drawn_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        experiments.marks_slider(*wrong)
