"""The points, as a table in the notebook and as text elsewhere."""

import pytest

from tinytorch.grading.reports.report import Report, Result
from tinytorch.lessons.quantization import LESSON

RIGHT = Result("quantize_int8", "the scale is right", 3, None, False, False)
WRONG = Result("quantize_int8", "codes <= 127", 4, "codes wrap & differ: look there", False, False)
STUB = Result("dequantize_int8", "it widens", 10, "dequantize_int8 is not written yet", True, True)


def test_points_are_added_per_exercise():
    report = Report(LESSON, [RIGHT, WRONG, STUB])
    assert (report.points, report.max_points) == (3, 17)
    assert [(s.exercise, s.points, s.max_points, s.status) for s in report.scores] == [
        ("quantize_int8", 3, 7, "failed"),
        ("dequantize_int8", 0, 10, "not attempted"),
    ]


def test_a_report_of_one_exercise_lists_its_tests_and_the_first_reason():
    text = str(Report(LESSON, [RIGHT, WRONG]))
    assert "  3 of   3  The scale is right" in text
    assert "  0 of   4  Codes <= 127" in text
    below = text.splitlines()[2]
    assert below.strip() == "codes wrap & differ: look there"


def test_a_report_of_all_lists_exercises_and_no_reason_for_stubs():
    text = str(Report(LESSON, [RIGHT, WRONG, STUB]))
    assert "  0 of  10  dequantize_int8" in text
    assert "not attempted" in text
    assert "not written yet" not in text
    assert "failed\n              codes wrap" in text


def test_the_html_is_escaped():
    html = Report(LESSON, [RIGHT, WRONG])._repr_html_()
    assert "Codes &lt;= 127" in html
    assert "wrap &amp; differ" in html
    assert html.count("<tr>") == 4


@pytest.mark.parametrize("results", [[RIGHT, WRONG], [RIGHT, WRONG, STUB]])
def test_no_line_of_the_text_is_longer_than_80_columns(results):
    long = WRONG._replace(title="a title " * 12, reason="a reason that goes on " * 20)
    assert max(map(len, str(Report(LESSON, [*results, long])).splitlines())) <= 80


def test_an_exercise_of_which_one_test_passes_was_attempted():
    some = [RIGHT, WRONG._replace(not_attempted=True)]
    assert Report(LESSON, some).scores[0].status == "failed"
