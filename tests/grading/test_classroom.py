"""`tinytorch grade FOLDER -o RESULTS`: a class gets a row each, whatever it handed in."""

import csv
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from graded import KEY, files_in

from tinytorch.grading.classroom import grade_class
from tinytorch.lessons import release

ROOT = Path(__file__).parents[2]
KEY_SOURCE = KEY.read_text(encoding="utf-8")
BIAS = next(path for path in files_in("wrong") if path.stem == "bias_forgotten")
FORGETFUL = f"{KEY_SOURCE}\n# %%\n{BIAS.read_text(encoding='utf-8')}"
SCRIPT = '<script>alert("x")</script>'
RAISES = f"{KEY_SOURCE}\n# %%\ndef dequantize_int8(*a): raise ValueError('=1+1 {SCRIPT}')\n"


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "tinytorch", "grade", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def grade(*arguments):
    process = start(*arguments)
    said, _ = process.communicate(timeout=180)
    return process.returncode, said


def rows(results):
    with (results / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def without_seconds(results):
    return [{**row, "seconds": None} for row in rows(results).values()]


@pytest.fixture(scope="module")
def submitted(tmp_path_factory):
    """A class in which much goes wrong."""
    folder = tmp_path_factory.mktemp("class")
    release(folder / "Untouched")
    files = {
        "right.py": KEY_SOURCE,
        "lovelaceada_1_2_15_quantization.py": FORGETFUL,
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
    assert said == (
        "13 submissions: 5 graded, 2 not attempted, 6 that could not be graded: "
        f"{folder / 'grades.csv'}\n"
    )
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
        "'=cmd": ("not attempted", "0"),
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
    assert "What to look at" in text
    suite = (ROOT / "modules/15_quantization/test_15_quantization.py").read_text("utf-8")
    for line in {each.strip() for each in suite.splitlines() if len(each.strip()) > 20}:
        if not line.startswith(('"""', '"', 'f"', "#")):
            assert line not in text
    for word in ("Traceback", 'File "', ".py", "assert", "submission.", "rng"):
        assert word not in text


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
    assert "13 submissions: 5 graded" in text
    assert "1 of 5" in text
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


@pytest.fixture
def many(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(8):
        text = f"{FORGETFUL if number % 2 else KEY_SOURCE}\n# {number}\n"
        (folder / f"s{number}.py").write_text(text, encoding="utf-8")
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    return folder


def stopped_after(count, process, results):
    end = time.monotonic() + 60
    while len([*results.glob("students/s*/results.json")]) < count:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_an_interrupted_class_goes_on_to_the_same_table(many, tmp_path, how):
    results, whole = tmp_path / "results", tmp_path / "whole"
    process = start(many, "-o", results, "--jobs", 2, "--seed", 9)
    stopped_after(2, process, results)
    os.kill(process.pid, getattr(signal, how))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == (130 if how == "SIGINT" else -signal.SIGKILL)
    assert ("same command" in said) == (how == "SIGINT")
    partial = rows(results)
    assert len(partial) == 9
    assert any("not graded yet" in row["reason"] for row in partial.values())
    kept = {path: path.read_bytes() for path in results.glob("students/s*/results.json")}
    assert 2 <= len(kept) < 8
    assert all(json.loads(content)["score"] for content in kept.values())
    assert grade(many, "-o", results, "--jobs", 2)[0] == 0
    assert {path: path.read_bytes() for path in kept} == kept
    assert grade(many, "-o", whole, "--jobs", 1, "--seed", 9)[0] == 0
    assert without_seconds(results) == without_seconds(whole)


def test_a_full_disk_loses_nothing(many, tmp_path, monkeypatch):
    results, replace, left = tmp_path / "results", os.replace, [8]

    def full(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            grade_class(many, results, jobs=2, seed=1)
    assert len(rows(results)) == 9
    kept = [path for path in results.rglob("*") if path.is_file()]
    assert len(kept) < 9
    assert not [path for path in kept if path.name.startswith(".")]
    tally = grade_class(many, results, jobs=2)
    assert str(tally).startswith("9 submissions: 8 graded")


def test_a_worker_that_is_killed_costs_one_submission_at_most(many, tmp_path):
    results = tmp_path / "results"
    process = start(many, "-o", results, "--jobs", 1, "--seed", 9)
    stopped_after(1, process, results)
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    (worker,) = " ".join(path.read_text(encoding="utf-8") for path in threads).split()
    os.kill(int(worker), signal.SIGKILL)
    process.communicate(timeout=120)
    assert process.returncode == 0
    lost = [row for row in rows(results).values() if row["status"] != "graded"]
    assert {row["student"] for row in lost} >= {"broken"}
    assert len(lost) <= 2
    assert grade(many, "-o", results)[0] == 0
    assert [row["student"] for row in rows(results).values() if not row["total"]] == ["broken"]


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
