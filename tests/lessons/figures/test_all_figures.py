"""What holds for every figure: its looks, a student's own functions, and exercises not written."""

import inspect
import subprocess
import sys
from base64 import b64decode

import pytest
from lessons.figures.broken import definitions, draw, taken
from matplotlib.figure import Figure

from tinytorch import experiments
from tinytorch.lessons.quantization.figures.placeholder import FigurePlaceholder
from tinytorch.lessons.quantization.figures.production import engine, files, speed

HEIGHTS = {
    "your_model": 6.2,
    "static_quantization": 6.2,
}  # inches, of figures with more than a row of panels


@pytest.fixture(scope="module")
def key():
    return definitions()


@pytest.fixture
def quick(monkeypatch):
    """Few rounds: what the times are is none of these tests' business."""
    for timed in (engine, files, speed):
        monkeypatch.setattr(timed, "SECONDS", 0.0)


TAKING = [(name, missing) for name in experiments.__all__ for missing in taken(name)]


@pytest.mark.parametrize("name", experiments.__all__)
def test_panels_have_titles_and_their_texts_do_not_collide(figures, name):
    figure = figures[name]
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert figure.get_size_inches() == pytest.approx([10, HEIGHTS.get(name, 3.9)], abs=0.3)
    assert all(axis.get_title() for axis in figure.axes)
    boxes = [axis.get_tightbbox() for axis in figure.axes]
    for position, box in enumerate(boxes):
        assert 0 <= box.x0 <= box.x1 <= figure.bbox.x1
        assert 0 <= box.y0 <= box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:position])
    if figure.get_supxlabel():
        below = figure._supxlabel.get_window_extent()
        assert 0 <= below.x0 <= below.x1 <= figure.bbox.x1
        assert below.y0 >= 0
        assert below.y1 <= min(box.y0 for box in boxes)


@pytest.mark.parametrize("name", experiments.__all__)
def test_numbers_beside_each_other_do_not_touch(figures, name):
    figures[name]._repr_png_()
    for axis in figures[name].axes:
        if axis.axison:
            x, y = ([text for text in labels if text.get_text()] for labels in
                    (axis.get_xticklabels(), axis.get_yticklabels()))  # fmt: skip
            (left, right), (low, high) = sorted(axis.get_xlim()), sorted(axis.get_ylim())
            x = [text for text in x if left <= text.get_position()[0] <= right]
            y = [text for text in y if low <= text.get_position()[1] <= high]
        else:
            x, y = [], []
        groups = [[text for text in axis.texts if text.get_text()], x, y]
        for texts in groups:
            boxes = [text.get_window_extent() for text in texts]
            for position, box in enumerate(boxes):
                touched = [i for i, other in enumerate(boxes[:position]) if box.overlaps(other)]
                assert not touched, (texts[position], [texts[i] for i in touched])


@pytest.mark.parametrize("name", experiments.__all__)
def test_texts_can_be_read_where_the_picture_is_shown_at_three_quarters(figures, name):
    from matplotlib.text import Text

    sizes = {
        text.get_fontsize()
        for text in figures[name].findobj(lambda each: isinstance(each, Text))
        if text.get_text() and text.get_visible()
    }
    assert min(sizes) >= 9.5


def test_a_picture_is_dark_where_the_page_is_and_its_words_are_there_for_all(figures):
    shown = figures["speed"]._repr_mimebundle_()
    assert b64decode(shown["image/png"]).startswith(b"\x89PNG")
    html = shown["text/html"]
    assert html.count("<img") == 1
    assert shown["image/png"] in html
    assert '[data-jp-theme-light="false"] .tinytorch-figure' in html
    assert "Batch 1: your layer" in html
    assert "rounds in four" in html


@pytest.mark.parametrize("name", sorted({name for name, _ in TAKING}))
def test_a_figure_takes_a_students_functions(name, key, quick):
    figure = draw(name, **{exercise: key[exercise] for exercise in taken(name)})
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(("name", "missing"), TAKING)
def test_a_figure_waits_for_each_exercise_that_is_not_written(name, missing, key, quick):
    def stub(*args, **kwargs):
        raise NotImplementedError(f"exercise 1, {missing}")

    given = {exercise: key[exercise] for exercise in taken(name)} | {missing: stub}
    shown = draw(name, **given)
    assert isinstance(shown, FigurePlaceholder)
    assert repr(shown) == f"This figure waits for: exercise 1, {missing}."


def test_a_method_that_is_not_written_is_waited_for_as_well(key):
    class Begun(key["QuantizedLinear"]):
        def calibrate(self, sample_inputs):
            raise NotImplementedError("exercise 4, calibrate")

    assert isinstance(experiments.layer_outputs(Begun), Figure)
    assert "exercise 4, calibrate" in experiments.calibrated_inputs(Begun)._repr_html_()


def test_waiting_is_a_paragraph_that_sets_no_colour_and_escapes_its_text():
    shown = FigurePlaceholder("a < b")._repr_html_()
    assert (shown[:2], shown[-4:], shown.count("<p")) == ("<p", "</p>", 1)
    assert "a &lt; b" in shown
    assert "color:" not in shown
    assert (
        repr(FigurePlaceholder("")) == "This figure waits for: an exercise that is not written yet."
    )


def test_signatures_and_docstrings_survive_the_waiting():
    for name in experiments.__all__:
        function = getattr(experiments, name)
        assert function.__name__ == name
        assert "matplotlib Figure" in function.__doc__
        assert inspect.signature(function).return_annotation.startswith("Figure")


def test_the_module_imports_no_optional_package():
    code = "import sys, tinytorch.experiments; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"ipywidgets", "matplotlib", "onnx", "onnxruntime"} & set(done.stdout.split())
