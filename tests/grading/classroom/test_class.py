"""`tinytorch grade FOLDER -o RESULTS`: a class gets a row each, whatever it handed in."""

import json
import re
from pathlib import Path

import pytest
from grading.classroom.class_runs import FORGETFUL, KEY_SOURCE, grade, rows

from tinytorch.lessons import release

ROOT = Path(__file__).parents[3]
SCRIPT = '<script>alert("x")</script>'
RAISES = f"{KEY_SOURCE}\n# %%\ndef dequantize_int8(*a): raise ValueError('=1+1 {SCRIPT}')\n"


@pytest.fixture(scope="module")
def submitted(tmp_path_factory):
    """A class in which much goes wrong."""
    folder = tmp_path_factory.mktemp("class")
    release(folder / "Untouched")
    files = {
        "right.py": KEY_SOURCE,
        "lovelaceada.py": FORGETFUL,
        "Ann Lee_1_assignsubmission_file_/15_quantization.py": KEY_SOURCE,
        "Ann Lee_2_assignsubmission_file_/15_quantization.py": RAISES,
        "=cmd.py": "print(1)\n",
        "grades.csv/15_quantization.py": KEY_SOURCE,
        f"{SCRIPT.replace('/', '')}.ipynb": "{",
        "empty.ipynb": "",
        "essay.docx": "hello",
        "nothing/readme.md": "sorry",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "elsewhere.ipynb").symlink_to("/etc/hostname")
    (folder / "circle.py").symlink_to(folder / "circle.py")
    return folder


@pytest.fixture(scope="module")
def results(submitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "new"
    status, said = grade(submitted, "-o", folder, "--jobs", 2, "--seed", 5)
    assert status == 0
    first, *others = said.splitlines()
    assert first == (
        "13 submissions: 6 graded, 1 not attempted, 6 that could not be graded: "
        f"{folder / 'grades.csv'}"
    )
    assert [line.split(": ")[:2] for line in others] == [
        ["could not be graded", name]
        for name in sorted(
            ["circle", "elsewhere", "empty", "essay.docx", "nothing", SCRIPT.replace("/", "")]
        )
    ]
    return folder


def page(results, student):
    (folder,) = [each for each in (results / "students").iterdir() if each.name.startswith(student)]
    return (folder / "feedback.html").read_text(encoding="utf-8")


def test_every_submission_has_a_row(results):
    found = {student: (row["status"], row["total"]) for student, row in rows(results).items()}
    assert found == {
        "right": ("graded", "100"),
        "grades.csv": ("graded", "100"),
        "lovelaceada": ("graded", found["lovelaceada"][1]),
        "Ann Lee_1": ("graded", "100"),
        "Ann Lee_2": ("graded", "90"),
        "Untouched": ("not attempted", "0"),
        "'=cmd": ("graded", "0"),
        "empty": ("could not grade", ""),
        "essay.docx": ("could not grade", ""),
        "nothing": ("could not grade", ""),
        "circle": ("could not grade", ""),
        "elsewhere": ("could not grade", ""),
        SCRIPT.replace("/", ""): ("could not grade", ""),
    }
    assert 80 <= int(found["lovelaceada"][1]) < 100


def test_what_could_not_be_graded_has_a_reason_and_no_points(results):
    names = ["quantize_int8", "questions", "total"]
    for row in rows(results).values():
        if row["status"] == "could not grade":
            assert row["reason"]
            assert [row[name] for name in names] == ["", "", ""]
    assert "link" in rows(results)["elsewhere"]["reason"]


def test_results_are_in_gradescope_s_format(results):
    result = json.loads((results / "students/lovelaceada/results.json").read_text("utf-8"))
    keys = {"name", "score", "max_score", "status", "output", "visibility"}
    assert all(set(test) == keys for test in result["tests"])
    assert sum(test["max_score"] for test in result["tests"]) == 100
    assert sum(test["score"] for test in result["tests"]) == result["score"] < 100
    linear = result["extra_data"]["exercises"]["QuantizedLinear"]
    assert set(linear) == {"points", "max_points", "status", "reason"}
    assert (linear["max_points"], linear["status"]) == (20, "failed")
    assert "bias" in linear["reason"]
    assert {test["output"] for test in result["tests"] if test["status"] == "passed"} == {""}


def test_a_file_s_json_is_what_its_class_got(results, submitted):
    path = submitted / "Ann Lee_2_assignsubmission_file_/15_quantization.py"
    status, said = grade(path, "--json", "--seed", 5)
    assert status == 0
    alone = json.loads(said)
    (folder,) = (results / "students").glob("Ann_Lee_2*")
    kept = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert alone["tests"] == kept["tests"]
    assert alone["extra_data"]["exercises"] == kept["extra_data"]["exercises"]


def test_feedback_says_what_went_wrong_and_shows_neither_tests_nor_our_code(results):
    text = page(results, "lovelaceada")
    assert "bias" in text
    assert "Look at QuantizedLinear under &#39;Exercise 3&#39;" in text
    suite = (ROOT / "modules/15_quantization/test_15_quantization.py").read_text("utf-8")
    for line in {each.strip() for each in suite.splitlines() if len(each.strip()) > 20}:
        if not line.startswith(('"""', '"', 'f"', "#")):
            assert line not in text
    for word in ("Traceback", 'File "', ".py", "assert", "submission.", "rng"):
        assert word not in text


def test_feedback_shows_the_student_s_own_traceback_with_the_numbers_of_cells(results):
    text = page(results, "Ann_Lee_2")
    assert re.search(
        r"<pre>code cell \d+, line 1, in dequantize_int8\n    def dequantize_int8\(", text
    )
    assert "<pre>" not in page(results, "lovelaceada"), "nothing was raised there"


def test_students_words_are_text_on_every_page(results):
    pages = [*results.rglob("*.html")]
    assert len(pages) == 14
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert not re.search(r"(src|href|url)\s*[=(]", text)
    assert "&lt;script&gt;" in page(results, "Ann_Lee_2")
    assert "not the same as 0 points" in page(results, "empty")


def test_the_summary_shows_what_points_were_lost_on(results):
    text = (results / "summary.html").read_text(encoding="utf-8")
    assert "13 submissions: 6 graded" in text
    assert "2 of 6" in text
    assert "QuantizedLinear: " in text
    assert "Mean" in text


def test_a_second_run_grades_only_what_changed(results, submitted):
    before = {path: path.stat().st_mtime_ns for path in results.rglob("results.json")}
    rows_before = rows(results)
    changed = submitted / "right.py"
    changed.write_text(FORGETFUL, encoding="utf-8")
    broken = results / "students/lovelaceada/results.json"
    broken.write_text(broken.read_text(encoding="utf-8")[:500], encoding="utf-8")
    try:
        assert grade(submitted, "-o", results)[0] == 0  # with the seed of the last run
        assert rows(results)["right"]["total"] == rows_before["lovelaceada"]["total"]
        assert rows(results)["right"]["reason"] == rows_before["lovelaceada"]["reason"]
    finally:
        changed.write_text(KEY_SOURCE, encoding="utf-8")
    again = {path.parent.name for path, made in before.items() if path.stat().st_mtime_ns != made}
    ungradable = {path.name for path in (results / "students").iterdir()} - {"Untouched"}
    ungradable -= {name for name in ungradable if name.startswith(("Ann_Lee", "grades", "_cmd"))}
    assert again == ungradable
    assert grade(submitted, "-o", results)[0] == 0
    assert {**rows(results)["right"], "seconds": ""} == {**rows_before["right"], "seconds": ""}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing", "-o", "results"], "no folder or zip file"),
        (["missing"], "cannot be opened"),
        (["missing.zip", "-o", "results"], "no folder or zip file"),
        (["class"], "-o RESULTS"),
        (["class", "-o", "class"], "folder of their own"),
        (["class", "-o", "results", "--json"], "--json"),
        (["class/ada.py", "-o", "results"], "for a folder or a .zip"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_one_line(tmp_path, arguments, message):
    (tmp_path / "class").mkdir()
    (tmp_path / "class/ada.py").write_text("x = 1\n", encoding="utf-8")
    paths = [each if each.startswith("-") else tmp_path / each for each in arguments]
    status, said = grade(*paths)
    assert status == 1
    assert message in said
    assert len(said.splitlines()) == 1


def test_a_finished_script_beside_a_blank_notebook_is_graded_and_the_row_says_so(tmp_path):
    folder = tmp_path / "class" / "ada"
    release(folder)
    (folder / "15_quantization.py").write_text(KEY_SOURCE, encoding="utf-8")
    assert grade(tmp_path / "class", "-o", tmp_path / "results")[0] == 0
    (row,) = rows(tmp_path / "results").values()
    assert (row["status"], row["total"]) == ("graded", "100")
    assert row["reason"] == "15_quantization.ipynb earns nothing, so 15_quantization.py was graded."
