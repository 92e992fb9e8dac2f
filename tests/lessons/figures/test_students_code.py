"""Whatever is wrong with a student's code, a figure says it in one sentence."""

import re

import pytest
from lessons.figures.broken import BROKEN, definitions, draw, taken

from tinytorch import experiments
from tinytorch.core import Linear, Sequential, Tensor
from tinytorch.core.layers import Layer
from tinytorch.lessons.quantization.figures.layers import layer
from tinytorch.lessons.quantization.figures.placeholder import FigurePlaceholder
from tinytorch.lessons.quantization.figures.students import StudentCodeError, checked, outputs

SENTENCE = re.compile(r'This figure cannot be drawn: .+; run check\("(\w+)"\)\.', re.DOTALL)


CASES = [
    (name, kind)
    for name in experiments.__all__
    for kind, broken in BROKEN.items()
    if {*taken(name)} & {*broken.taken}
]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_figure_says_in_a_sentence_what_is_wrong_and_which_check_to_run(name, kind):
    broken = BROKEN[kind]
    names = definitions(broken.code)
    shown = draw(name, **{each: names[each] for each in taken(name)})
    assert isinstance(shown, FigurePlaceholder)
    sentence = SENTENCE.fullmatch(repr(shown))
    assert sentence, repr(shown)
    assert sentence[1] == broken.exercise
    assert broken.words in repr(shown)
    assert "\n" not in repr(shown)
    assert broken.exercise in shown._repr_html_()


CALIBRATING = [
    *("calibrated_inputs", "biased_calibration", "calibration_samples", "error_by_layer"),
    *("production_engine", "speed", "your_model"),
]


@pytest.mark.parametrize("kind", ["calibrate nothing", "calibrate raises", "no calibrate"])
@pytest.mark.parametrize("name", CALIBRATING)
def test_a_calibration_that_does_not_work_is_named(name, kind):
    names = definitions(BROKEN[kind].code)
    shown = draw(name, **{each: names[each] for each in taken(name)})
    found = SENTENCE.fullmatch(repr(shown))
    assert found, repr(shown)
    # A model without input scales may be the fault of either exercise.
    assert found[1] in ("calibrate", "quantize_model")
    assert BROKEN[kind].words in repr(shown)


def test_the_exercise_that_raised_is_named_and_its_line_not_that_of_the_caller():
    names = definitions("def codes_of(values, scale, zero_point):\n    return values.nothing")
    shown = repr(experiments.error_by_layer(names["quantize_model"]))
    assert 'in the line "return values.nothing"' in shown
    assert shown.endswith('run check("quantize_int8").')


def test_a_message_that_is_long_or_has_lines_stays_one_sentence():
    names = definitions("def quantize_int8(tensor):\n    raise ValueError('a\\nb ' + 500 * 'x')")
    shown = repr(experiments.where_codes_land(names["quantize_int8"]))
    assert SENTENCE.fullmatch(shown)
    assert "(a b xxx" in shown
    assert len(shown) < 400


def test_a_layer_that_rounds_nothing_is_no_infinite_ratio():
    names = definitions(
        "made = QuantizedLinear.__init__\n"
        "def __init__(self, layer):\n    made(self, layer)\n    self.layer = layer\n"
        "def forward(self, x):\n    return self.layer(x)\n"
        "QuantizedLinear.__init__, QuantizedLinear.forward = __init__, forward\n"
    )
    for name in ("layer_outputs", "error_by_layer", "biased_calibration", "your_model"):
        shown = draw(name, **{each: names[each] for each in taken(name)})
        assert "those of FP32 in every bit" in repr(shown)


def test_a_layer_that_no_file_can_take_is_no_traceback():
    names = definitions(BROKEN["zero point float"].code)
    for name in ("production_engine", "file_size_and_load_time"):
        shown = draw(name, quantize_model=names["quantize_model"])
        assert SENTENCE.fullmatch(repr(shown))[1] == "QuantizedLinear"
        assert "layer 0, QuantizedLinear" in repr(shown)


def test_a_layer_that_inherits_from_linear_is_a_quantized_one():
    names = definitions("class QuantizedLinear(QuantizedLinear, Linear): pass")
    model = Sequential(Linear(4, 3), Linear(3, 2))
    assert checked("quantize_model", names["quantize_model"])(model) is None
    assert all(isinstance(each, Linear) for each in model.layers)


def test_mistakes_in_the_figures_own_code_are_not_hidden(monkeypatch):
    monkeypatch.setattr(layer, "sqnr_db", lambda *arrays: 1 / 0)
    for make in (layer.QuantizedLinear, definitions()["QuantizedLinear"]):
        with pytest.raises(ZeroDivisionError):
            experiments.layer_outputs(make)


def test_a_placeholder_says_why_there_is_no_picture_to_keep():
    shown = experiments.your_model(lambda model, data: None)
    with pytest.raises(ValueError, match=r"no picture to keep.*left layer 0 a Linear.*check"):
        shown.savefig("mine.png")


def test_right_code_passes_the_border_unchanged():
    names = definitions()
    model = Sequential(Linear(4, 3), Linear(3, 2))
    assert checked("quantize_model", names["quantize_model"])(model) is None
    assert [type(each).__name__ for each in model.layers] == ["QuantizedLinear"] * 2
    assert checked("observers", names) is names


def test_a_layer_that_takes_another_place_is_named():
    class Other(Layer):
        def forward(self, x):
            return x

    def put_other(model, data=None):
        model.layers[1] = Other()

    model = Sequential(Other(), Other())
    model.layers[1] = Sequential()
    with pytest.raises(StudentCodeError, match="left 2 layers where there had been 1"):
        checked("quantize_model", put_other)(model, [outputs(model, Tensor([[1.0]]))])
