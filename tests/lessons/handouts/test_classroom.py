"""The workflow's own steps, with files in the place of GitHub's, and what Classroom reads there."""

import os
import shutil
import subprocess
import sys

import pytest
import yaml
from lessons.handouts.halves import half_right, points_in_the_sandbox
from lessons.notebook import NOTEBOOK

from tinytorch.lessons.handouts import write_handout
from tinytorch.lessons.handouts.classroom import PAGE, WORKFLOW, decoded
from tinytorch.lessons.handouts.notebooks import Sources, write
from tinytorch.lessons.handouts.runners import github
from tinytorch.lessons.quantization import LESSON

SOURCES = Sources(LESSON)
UNTOUCHED = SOURCES.untouched()


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classroom") / "repository"
    write_handout("classroom", folder)
    return folder


@pytest.fixture
def said(tmp_path, monkeypatch):
    """What a notebook's step says: its output, decoded, and the summary."""

    def grade(path):
        output, summary = tmp_path / "output", tmp_path / "summary"
        for name, file in (("GITHUB_OUTPUT", output), ("GITHUB_STEP_SUMMARY", summary)):
            file.unlink(missing_ok=True)
            monkeypatch.setenv(name, str(file))
        github.main(path)
        return decoded(output), summary.read_text(encoding="utf-8")

    return grade


def workflow(repository):
    return yaml.safe_load((repository / WORKFLOW).read_text(encoding="utf-8"))


def reported(result):
    """What Classroom's reporter adds up of a result, and whether it lets the run pass."""
    points = sum(test["score"] for test in result["tests"])
    return points, result["max_score"], result["status"] == "pass"


@pytest.mark.skipif(os.name != "posix", reason="the workflow runs on Linux")
def test_the_step_that_grades_runs_as_it_stands_in_the_workflow(repository, tmp_path):
    (job,) = workflow(repository)["jobs"].values()
    steps = {step["id"]: step for step in job["steps"] if "id" in step}
    clone = tmp_path / "clone"
    shutil.copytree(repository, clone)
    write(half_right(UNTOUCHED), clone / NOTEBOOK.name)
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    files = {"GITHUB_OUTPUT": tmp_path / "output", "GITHUB_STEP_SUMMARY": tmp_path / "summary"}
    variables = {name: str(file) for name, file in files.items()}
    subprocess.run(
        ["bash", "-e", "-c", steps["tinytorch"]["run"]], cwd=clone, check=True, timeout=120,
        env=os.environ | workflow(repository)["env"] | variables | {"PATH": path},
    )  # fmt: skip
    expected = points_in_the_sandbox(half_right(UNTOUCHED), tmp_path / NOTEBOOK.name)
    result = decoded(files["GITHUB_OUTPUT"])
    assert reported(result) == (sum(expected.values()), 100, False)
    assert any("rounded" in test["message"] for test in result["tests"])
    summary = files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert summary.startswith(f"## {sum(expected.values())} of 100 points\n")
    assert f"| dequantize\\_int8 | {expected['dequantize_int8']} of 10 | passed |" in summary


def test_the_reporter_gets_the_output_of_the_step_by_the_name_that_it_looks_for(repository):
    (job,) = workflow(repository)["jobs"].values()
    report = job["steps"][-1]
    assert report["uses"] == "classroom-resources/autograding-grading-reporter@v1"
    runner = report["with"]["runners"]
    assert runner.isalnum()
    assert report["env"] == {f"{runner.upper()}_RESULTS": "${{ steps.tinytorch.outputs.result }}"}
    (wheel,) = repository.glob("*.whl")
    assert f"'./{wheel.name}[grade]'" in job["steps"][2]["run"]


def test_all_points_let_the_run_pass_and_none_do_not(said, tmp_path):
    for notebook, expected in (
        (SOURCES.answered(UNTOUCHED), (100, 100, True)),
        (UNTOUCHED, (0, 100, False)),
    ):
        write(notebook, tmp_path / NOTEBOOK.name)
        result, summary = said(tmp_path / NOTEBOOK.name)
        assert reported(result) == expected
        assert summary.startswith(f"## {expected[0]} of 100 points\n")


def test_a_missing_or_damaged_notebook_gets_0_points_and_the_reason(said, tmp_path):
    (tmp_path / "damaged.ipynb").write_text("words", encoding="utf-8")
    for name, reason in (("missing.ipynb", "missing.ipynb"), ("damaged.ipynb", "not JSON")):
        result, summary = said(tmp_path / name)
        assert reported(result) == (0, 100, False)
        assert result["status"] == "error"
        assert reason in result["tests"][0]["message"]
        assert summary.startswith("## No points\n")


def test_when_the_autograder_fails_classroom_gets_no_points_at_all(said, tmp_path, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("[a](b) | <c>")

    monkeypatch.setattr(github, "grade_file", fail)
    result, summary = said(tmp_path / NOTEBOOK.name)
    assert "max_score" not in result  # the reporter leaves such results out
    assert result["tests"][0]["message"].startswith("the autograder failed, which says nothing")
    assert r"RuntimeError: \[a\]\(b\) \| \<c\>" in summary


def test_students_read_their_own_page_and_instructors_another(repository):
    assert "and push it" in (repository / "README.md").read_text(encoding="utf-8")
    page = (repository / PAGE).read_text(encoding="utf-8")
    assert "protected file paths" in page
    assert not (repository / ".github" / "README.md").exists()  # GitHub would show it to students
