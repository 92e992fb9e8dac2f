"""The files of points and pages that platforms import, in their own form."""

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from grading.reports.test_results import CALC, opened_in_calc
from grading.submission.finding import trees

from tinytorch.grading.gradebooks.feedback_zip import write_feedback
from tinytorch.grading.gradebooks.gradebook import PLATFORMS, Gradebook, GradedSubmission
from tinytorch.grading.submission.files import SubmissionFile, submissions
from tinytorch.lessons.quantization import LESSON

CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,"
    "14 Profiling (8),15 Quantization (9),Score\r\n"
    "    Points Possible,,,,,20.00,100.00,(read only)\r\n"
    '"Doe, Jane",12345,s1,jdoe,A,=1+1,,50\r\n"王, 芳",12347,s2,wf,A,7.0,12,60\r\n'
    '"Roe, Max",99,s3,mroe,A,,,\r\n'
)
MOODLE = (
    'Identifier,"Full name",Status,Grade,"Maximum grade","Last modified (grade)",Feedback\n'
    'Participant 12345,"Jane Doe","Submitted for grading - 2 days late",,100.00,-,\n'
    'Participant 12347,王芳,"No submission",,100.00,-,"fine, ""really"""\n'
)
BLACKBOARD = (
    '\ufeff"Last Name"\t"First Name"\t"Username"\t"15_quantization [Total Pts: 100 Score] |98"\r\n'
    '"Doe"\t"Jane"\t"12345"\t""\r\n"芳"\t"王"\t"12347"\t"3"\r\n'
)


def graded(student, number, points):
    file = SubmissionFile(
        student, Path(student), student, name=student, id=number, keys=(number,) if number else ()
    )
    return GradedSubmission(file, points)


JANE, WANG = graded("doejane", "12345", 87), graded("王芳", "12347", 100.0)
SORRY = graded("x", "99", None)
STRANGER = graded("Eve", "4", 5)


@pytest.mark.parametrize(
    ("platform", "text", "encoding", "changed"),
    [
        ("canvas", CANVAS, "utf-8", [("=1+1,,50", "=1+1,87,50"), ("7.0,12,60", "7.0,100,60")]),
        ("moodle", MOODLE, "utf-8", [('late",,', 'late",87,'), ('ion",,', 'ion",100,')]),
        ("blackboard", BLACKBOARD, "utf-16-le", [('12345"\t""', '12345"\t"87"'), ('"3"', '"100"')]),
    ],
)  # fmt: skip
def test_only_the_assignment_s_column_of_an_exported_file_changes(
    tmp_path, platform, text, encoding, changed
):
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    left = Gradebook(platform, path, LESSON).write([JANE, WANG, SORRY, STRANGER])
    for before, after in changed:
        assert text.count(before) == 1
        text = text.replace(before, after)
    assert path.read_bytes() == text.encode(encoding)
    assert left == ["Eve"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_new_file_has_the_platform_s_columns_and_no_formula(tmp_path, platform):
    path = tmp_path / "new.csv"
    rows = [JANE, WANG, SORRY, graded("=cmd|' /C calc'!A0", "", 3)]
    assert Gradebook(platform, path, LESSON).write(rows) == []
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    keys = {
        "canvas": ("Student", "ID", "15_quantization"),
        "moodle": ("Full name", "Identifier", "Grade"),
        "blackboard": ("Last Name", "Username", "15_quantization"),
    }
    name, number, points = keys[platform]
    table = [row for row in table if "Possible" not in row[name]]
    assert [row[points] for row in table] == ["87", "100", "3"]
    assert [re.sub("Participant ", "", row[number]) for row in table][:2] == ["12345", "12347"]
    assert all(not value.startswith("=") for row in table for value in row.values())
    again = Gradebook(platform, path, LESSON)  # which is what the platform exports, as it were
    assert again.write([JANE, WANG]) == []


def test_a_column_that_is_not_found_is_asked_for(tmp_path):
    path = tmp_path / "export.csv"
    text = CANVAS.replace("15 Quantization (9)", "Homework 9 (9)")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"no column for the assignment: name it with --column"):
        Gradebook("canvas", path, LESSON)
    Gradebook("canvas", path, LESSON, column="Homework 9").write([JANE])
    assert "=1+1,87,50" in path.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no column for 'Homework 7'"):
        Gradebook("canvas", path, LESSON, column="Homework 7")


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("canvas", CANVAS.replace("100.00", "10,0".join('""'))),
        ("moodle", MOODLE.replace("100.00", "10.00")),
        ("blackboard", BLACKBOARD.replace("100 Score", "10 Score")),
    ],
)
def test_points_are_not_rescaled_in_silence(tmp_path, platform, text):
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode())
    with pytest.raises(ValueError, match="is out of 10"):
        Gradebook(platform, path, LESSON).write([JANE])
    assert path.read_bytes() == text.encode()
    Gradebook(platform, path, LESSON).write([JANE], max_points=10)


def moodle_reads(name):
    """The participant and the file, as importziplib.php finds them in a path."""
    parts = name.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if (
            len(info) >= 4
            and info[1].isdecimal()
            and info[2] in ("assignsubmission", "assignfeedback")
        ):
            return info[1], "/".join([*info[4:], *parts]).strip("/")
    return None


def canvas_reads(name):
    """The ids of user and file, as infer_comment_context_from_filename finds them in a name."""
    return [part for part in name.split("_") if part.isdecimal()][:2]


def packed(platform, tmp_path):
    folder = getattr(trees, platform)(tmp_path / "download")
    page = tmp_path / "feedback.html"
    page.write_text("<p>well done</p>", encoding="utf-8")
    with submissions(folder, LESSON.name) as found:
        path = tmp_path / "feedback.zip"
        left = write_feedback(platform, path, [(each, page) for each in found])
        with zipfile.ZipFile(path) as archive:
            assert {archive.read(name) for name in archive.namelist()} == {page.read_bytes()}
            return left, archive.namelist(), found


def test_moodle_takes_the_pages_back(tmp_path):
    left, names, found = packed("moodle", tmp_path)
    assert left == []
    assert {moodle_reads(name) for name in names} == {(each.id, "feedback.html") for each in found}


def test_canvas_takes_the_pages_back(tmp_path):
    left, names, found = packed("canvas", tmp_path)
    assert left == ["roemax"]  # who typed a text in, which has no file to comment on
    assert ["12345", "67890"] in [canvas_reads(name) for name in names]
    assert "doejane_LATE_12345_67890_feedback.html" in names
    assert len(names) == len(found) - 1


def test_pages_for_another_platform_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="as in a download of canvas"):
        write_feedback("canvas", tmp_path / "x.zip", [(JANE.submission, tmp_path)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(CALC is None, reason="needs LibreOffice Calc")
def test_a_spreadsheet_opens_a_new_file_without_mangling_it(tmp_path):
    path = tmp_path / "new.csv"
    rows = [WANG, graded("Jürgen Groß", "0012", 7.5), graded("=1+1", "", 3)]
    Gradebook("moodle", path, LESSON).write(rows)
    sheet = opened_in_calc(tmp_path, path.read_text(encoding="utf-8"), "44")
    for words in ("王芳", "Jürgen Groß", "Participant 0012", ">7.5<"):
        assert words in sheet
    assert "table:formula" not in sheet
