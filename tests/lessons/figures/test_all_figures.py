"""What holds for every figure: its looks, a student's own functions, and exercises not written."""

import inspect
import subprocess
import sys

import pytest
from lessons.figures.broken import definitions, taken
from matplotlib.figure import Figure

from tinytorch import experiments
from tinytorch.lessons.quantization.figures.placeholder import FigurePlaceholder
from tinytorch.lessons.quantization.figures.production import engine, files, speed

HEIGHTS = {"your_model": 6.2}  # inches, of figures with more than a row of panels


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


@pytest.mark.parametrize("name", sorted({name for name, _ in TAKING}))
def test_a_figure_takes_a_students_functions(name, key, quick):
    figure = getattr(experiments, name)(**{exercise: key[exercise] for exercise in taken(name)})
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(("name", "missing"), TAKING)
def test_a_figure_waits_for_each_exercise_that_is_not_written(name, missing, key, quick):
    def stub(*args, **kwargs):
        raise NotImplementedError(f"exercise 1, {missing}")

    given = {exercise: key[exercise] for exercise in taken(name)} | {missing: stub}
    shown = getattr(experiments, name)(**given)
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
        draw = getattr(experiments, name)
        assert draw.__name__ == name
        assert "matplotlib Figure" in draw.__doc__
        assert inspect.signature(draw).return_annotation.startswith("Figure")


def test_the_module_imports_no_optional_package():
    code = "import sys, tinytorch.experiments; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"ipywidgets", "matplotlib", "onnx", "onnxruntime"} & set(done.stdout.split())
