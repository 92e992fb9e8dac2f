"""What a spreadsheet gets: rows that stay rows, and nothing that it would compute."""

import csv
import io

import pytest

from tinytorch.grading.reports.results import results_without_points, table


def row(student="ada", reason="no reason", file="x.py"):
    text = table([(student, file, results_without_points(reason))], ["quantize_int8"])
    header, read = csv.reader(io.StringIO(text))
    assert all(line.startswith('"') for line in text.splitlines())
    return dict(zip(header, read, strict=True))


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
@pytest.mark.parametrize("before", ["", " ", '"', "a;", "a,\t", "a|  '", 'a," ', "\u00a0"])
def test_no_cell_is_a_formula_whatever_separates_cells(before, sign):
    cell = row(reason=f"{before}{sign}1+cmd|' /C calc'!A0")["reason"]
    for separator in ";,\t|":
        for part in cell.split(separator):
            assert part.strip("\"' \u00a0")[:1] != sign or "'" in part[: part.index(sign)], cell


def test_words_and_numbers_stay_as_they_are():
    reason = 'a "word", and 3 - 2 = 1; code -128 (line 7)'
    assert row(student="Müller, Zoë", reason=reason)["student"] == "Müller, Zoë"
    assert row(reason=reason)["reason"] == reason


def test_what_nobody_could_see_is_written_as_a_code():
    assert row(student="ali\u200bce")["student"] == "ali\\u200bce"
    assert row(student="a\u202eb\udcff")["student"] == "a\\u202eb\\udcff"
    assert row(reason="two\nlines")["reason"] == "two lines"
