"""Of all that one student handed in, one file is graded: the right one, and never another's."""

import io
import os
import zipfile

import pytest
from grading.submission.finding.trees import CODE, make

from tinytorch.grading.submission import archives
from tinytorch.grading.submission.files import submissions

LESSON = "15_quantization"
SORRY = "Dear professor,\nI missed the class: my dog = ill. From Monday on I can work.\nSorry!\n"


def found_in(source):
    with submissions(source, LESSON) as found:
        return found


def the_only(source):
    (only,) = found_in(source)
    return only


def packed(*entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "copy",
    [
        "15_quantization-Copy1.ipynb",
        "15_quantization (Jane's conflicted copy 2026-10-01).ipynb",
        "15_quantization (Janes in Konflikt stehende Kopie).ipynb",
        "15_quantization.sync-conflict-20261001-123000-ABCDEF.ipynb",
        "15_quantization - Copy.ipynb",
        "~15_quantization.ipynb",
    ],
)
@pytest.mark.parametrize("above", ["", "jane/"])
def test_a_copy_is_no_second_student_and_counts_only_if_the_original_is_blank(
    tmp_path, copy, above
):
    make(tmp_path, f"{above}15_quantization.ipynb", f"{above}{copy}", "max.ipynb")
    jane, _ = found_in(tmp_path)
    assert jane.place == f"{above}15_quantization.ipynb"
    assert [path.name for path in jane.others] == [copy]


def test_a_copy_alone_is_graded_under_the_student_s_name(tmp_path):
    make(tmp_path, "jane-Copy1.ipynb")
    assert (the_only(tmp_path).student, the_only(tmp_path).place) == ("jane", "jane-Copy1.ipynb")


def test_notebook_script_and_pdf_of_one_name_are_one_student(tmp_path):
    make(tmp_path, "ada.ipynb", "ada.py", "ada.pdf")
    only = the_only(tmp_path)
    assert (only.student, only.place) == ("ada", "ada.ipynb")
    assert set(only.companions) == {"ada.pdf", "ada.py"}
    assert [path.name for path in only.others] == ["ada.py"]


@pytest.mark.parametrize(
    "place",
    [
        "venv/share/15_quantization.ipynb",
        "env/lib/python3.12/site-packages/tinytorch/15_quantization.ipynb",
        "node_modules/a/15_quantization.ipynb",
        ".git/15_quantization.ipynb",
        "__MACOSX/15_quantization.ipynb",
        ".ipynb_checkpoints/15_quantization.ipynb",
    ],
)
def test_what_is_installed_or_hidden_never_comes_before_the_student_s_script(tmp_path, place):
    make(tmp_path, f"ada/{place}", "ada/mine/mine.py")
    assert the_only(tmp_path).place == "ada/mine/mine.py"
    make(tmp_path, "bob/myenv/pyvenv.cfg", "bob/myenv/15_quantization.ipynb", "bob/mine.py")
    assert [each.place for each in found_in(tmp_path)][1] == "bob/mine.py"


def test_an_apology_is_nothing_that_can_be_graded_and_a_renamed_script_is(tmp_path):
    make(tmp_path, ("ada/answer.txt", SORRY), ("bob.txt", SORRY), ("cai.txt", CODE))
    make(tmp_path, ("dan/answer.txt", SORRY), "dan/mine.py")
    problems = {each.student: each.problem for each in found_in(tmp_path)}
    assert problems == {
        "ada": "answer.txt holds no code: there is nothing that can be graded",
        "bob": "bob.txt holds no code: there is nothing that can be graded",
        "cai": None,
        "dan": None,
    }


def test_a_zip_file_in_a_student_s_folder_is_opened(tmp_path):
    (tmp_path / "ada").mkdir()
    content = packed(
        ("mine/15_quantization.py", CODE), ("mine/venv/lib/x.py", CODE), ("../up.py", CODE)
    )
    (tmp_path / "ada" / "work.zip").write_bytes(content)
    (tmp_path / "doe_1_2_work.zip").write_bytes(content)
    before = set(tmp_path.rglob("*"))
    with submissions(tmp_path, LESSON) as found:
        assert [each.place for each in found] == [
            "ada/work.zip/mine/15_quantization.py", "doe_1_2_work.zip/mine/15_quantization.py"
        ]  # fmt: skip
        assert [each.path.read_text(encoding="utf-8") for each in found] == [CODE, CODE]
        assert [each.student for each in found] == ["ada", "doe"]
    assert not any(each.path.exists() for each in found)
    assert set(tmp_path.rglob("*")) == before


def test_zip_files_within_a_zip_file_share_its_limits(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_CLASS_BYTES", 3000)
    inner = packed(("15_quantization.py", "x = 1\n" * 400))
    (tmp_path / "class.zip").write_bytes(packed(*((f"{n}/work.zip", inner) for n in "abc")))
    problems = [each.problem for each in found_in(tmp_path / "class.zip")]
    assert problems[0] is None
    assert all("unpack to over 3,000 bytes" in problem for problem in problems[1:])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK but no zip file", "is not a zip file"),
        (packed(("essay.docx", "x")), "holds no notebook and no script"),
        (b"PK\5\6" + b"\0" * 8 + b"\xff\xff\xff\x7f" + b"\0" * 6, "too many entries"),
    ],
)
def test_a_zip_file_without_a_submission_costs_its_student_only(tmp_path, content, why):
    make(tmp_path, "bob/15_quantization.py", "ada/readme.md")
    (tmp_path / "ada_1_2_work.zip").write_bytes(content)
    problems = {each.student: each.problem for each in found_in(tmp_path)}
    assert why in problems["ada_1"]
    assert problems["bob"] is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_that_is_called_like_a_text_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "ada.txt")
    assert the_only(tmp_path).student == "ada"
