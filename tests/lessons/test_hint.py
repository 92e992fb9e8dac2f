"""`hint` opens one more hint at a time, and none is the answer."""

import pytest
from samples import KEY

from tinytorch.lessons import hint
from tinytorch.lessons.hint import _opened
from tinytorch.lessons.quantization.exercises import EXERCISES

ANSWERS = {line.strip() for line in KEY.read_text(encoding="utf-8").splitlines() if "=" in line}


@pytest.fixture(autouse=True)
def _nothing_is_open():
    _opened.clear()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_three_hints_open_one_after_the_other(exercise):
    for count in (1, 2, 3, 3):
        hints = hint(exercise.name)
        assert hints.opened == exercise.hints[:count]
        assert hints.left == 3 - count
    assert repr(hints).splitlines()[-1] == "There are no more."


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_no_hint_is_a_line_of_the_answer(exercise):
    assert [
        line for line in ANSWERS for text in exercise.hints if len(line) > 12 and line in text
    ] == []


def test_each_exercise_has_its_own():
    hint("calibrate")
    hint("calibrate")
    assert hint("quantize_input").left == 0  # the same exercise
    assert hint("dequantize_int8").left == 2


def test_jupyter_shows_a_list():
    shown = hint("quantize_model")._repr_html_()
    assert shown.count("<li>") == 1
    assert "2 more: run the cell again." in shown


def test_without_an_exercise_it_asks_for_one_in_a_sentence():
    with pytest.raises(TypeError, match="expected the name of an exercise") as refusal:
        hint()
    assert refusal.value._render_traceback_() == [str(refusal.value)]


def test_a_typo_is_answered_with_the_nearest_name():
    with pytest.raises(ValueError, match="did you mean 'calibrate'"):
        hint("calibrat")
