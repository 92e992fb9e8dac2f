"""What a spreadsheet gets: rows that stay rows, and nothing that it would compute."""

import csv
import io
import shutil
import subprocess

import pytest

from tinytorch.grading.reports.results import TableRow, results_without_points, table


def row(student="ada", reason="no reason", file="x.py"):
    text = table([TableRow(student, results_without_points(reason), file)], ["quantize_int8"])
    header, read = csv.reader(io.StringIO(text))
    assert all(line.startswith('"') for line in text.splitlines())
    return dict(zip(header, read, strict=True))


SIGNS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
BEFORE = ["", " ", '"', "a;", "a,\t", "a|  '", 'a," ', "\u00a0"]
CALC = shutil.which("soffice")
# Separators, quotation mark, UTF-8, from line 1; words may be numbers; formulas are computed.
IMPORT = "Text - txt - csv (StarCalc):{},34,76,1,,0,false,true,false,false,false,-1,true"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", BEFORE)
def test_no_cell_is_a_formula_whatever_separates_cells(before, sign):
    cell = row(reason=f"{before}{sign}1+cmd|' /C calc'!A0")["reason"]
    for separator in ";,\t|":
        for part in cell.split(separator):
            assert part.strip("\"' \u00a0")[:1] != sign or "'" in part[: part.index(sign)], cell


def opened_in_calc(folder, text, separators):
    """The sheet that LibreOffice makes of a table, as XML."""
    (folder / "grades.csv").write_text(text, encoding="utf-8")
    subprocess.run(
        [
            *(CALC, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
            *(f"--infilter={IMPORT.format(separators)}", "--convert-to", "fods"),
            *("--outdir", folder, folder / "grades.csv"),
        ],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    return (folder / "grades.fods").read_text(encoding="utf-8")


@pytest.mark.skipif(CALC is None, reason="needs LibreOffice Calc")
@pytest.mark.parametrize("separators", ["44", "59", "9", "124", "44/59/9/32"])
def test_libreoffice_computes_no_cell(tmp_path, separators):
    texts = [f"{before}{sign}1+1" for before in BEFORE for sign in SIGNS]
    rows = [
        TableRow(
            *(text, results_without_points(f"{text}, {text}"), f"{text}.py", text),
            earlier=[text],
            companions=[text, text],
            roster=text,
        )
        for text in texts
    ]
    sheet = opened_in_calc(tmp_path, table(rows, ["quantize_int8"]), separators)
    assert "could not grade" in sheet
    assert "table:formula" not in sheet
    assert "table:formula" in opened_in_calc(tmp_path, '"a"\n"=1+1"\n', separators)


def test_words_and_numbers_stay_as_they_are():
    reason = 'a "word", and 3 - 2 = 1; code -128 (line 7)'
    assert row(student="Müller, Zoë", reason=reason)["student"] == "Müller, Zoë"
    assert row(reason=reason)["reason"] == reason


def test_what_nobody_could_see_is_written_as_a_code():
    assert row(student="ali\u200bce")["student"] == "ali\\u200bce"
    assert row(student="a\u202eb\udcff")["student"] == "a\\u202eb\\udcff"
    assert row(reason="two\nlines")["reason"] == "two lines"
