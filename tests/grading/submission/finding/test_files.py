"""Every student of a class is found, whatever folder or zip file the submissions come in."""

import errno
import os
import stat
import zipfile

import pytest

from tinytorch.grading.reports import results
from tinytorch.grading.submission import archives, unpacked
from tinytorch.grading.submission.files import submissions


def make(folder, *places):
    for place in places:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"x = {place!r}\n", encoding="utf-8")
    return folder


def found_in(source, results=None):
    return submissions(source, "15_quantization", results)


def students(source, results=None):
    with found_in(source, results) as found:
        return {each.student: each.place for each in found}


@pytest.fixture
def zipped(tmp_path):
    def make_zip(entries):
        path = tmp_path / "class.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries:
                archive.writestr(name, content)
        return path

    return make_zip


def test_files_are_named_by_their_stem(tmp_path):
    make(tmp_path, "ada.ipynb", "bob.py", "notes.docx", ".hidden.py", "__MACOSX/ada.ipynb")
    assert students(tmp_path) == {"ada": "ada.ipynb", "bob": "bob.py", "notes.docx": "notes.docx"}


def test_folders_of_students_give_the_notebook_or_else_the_script(tmp_path):
    make(tmp_path, "ada/15_quantization.ipynb", "ada/15_quantization.py", "ada/other.ipynb")
    make(tmp_path, "bob/final/mine.py", "bob/final/test_15_quantization.py", "bob/README.md")
    make(tmp_path, "cai/.ipynb_checkpoints/15_quantization-checkpoint.ipynb", "cai/a.ipynb")
    assert students(tmp_path) == {
        "ada": "ada/15_quantization.ipynb",
        "bob": "bob/final/mine.py",
        "cai": "cai/a.ipynb",
    }


def test_students_with_the_same_name_are_told_apart(tmp_path):
    moodle = [f"Ann Lee_{n}_assignsubmission_file_/15_quantization.ipynb" for n in (1, 2)]
    assert list(students(make(tmp_path / "moodle", *moodle))) == ["Ann Lee_1", "Ann Lee_2"]
    make(tmp_path / "canvas", "lee_5_6_a.ipynb", "lee_6_7_b.ipynb", "kim.py", "Kim.ipynb")
    assert list(students(tmp_path / "canvas")) == ["Kim.ipynb", "kim.py", "lee_5", "lee_6"]


def test_a_folder_without_a_notebook_is_a_submission_with_a_problem(tmp_path):
    make(tmp_path, "ada/notes.docx", "bob/15_quantization.py")
    (tmp_path / "cai").mkdir()
    with found_in(tmp_path) as found:
        assert [(each.student, bool(each.problem)) for each in found] == [
            ("ada", True), ("bob", False), ("cai", True)
        ]  # fmt: skip


def test_results_among_the_submissions_are_none(tmp_path):
    make(tmp_path, "ada.py", "results/grades.csv")
    assert list(students(tmp_path, tmp_path / "results")) == ["ada"]


def test_an_empty_folder_and_a_file_that_is_no_zip_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("hello", encoding="utf-8")
    for name in ("empty", "text.zip"):
        with pytest.raises(ValueError, match=name), found_in(tmp_path / name):
            pass


def test_a_zip_with_one_folder_is_as_that_folder(zipped):
    path = zipped([("class/ada.py", "x = 1"), ("class/bob/15_quantization.py", "x = 1")])
    assert list(students(path)) == ["ada", "bob"]


def test_hostile_names_in_a_zip_stay_inside(zipped, tmp_path):
    names = ["../up.py", "/etc/absolute.py", "C:\\Windows\\drive.py", "a/../../b.py", "..", "a"]
    names += ["same.py", "same.py", "x" * 400 + ".py", "nul\ntab\t.py", "d/" * 500 + "deep.py"]
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped([(name, "x = 1") for name in names])
    before = set(tmp_path.rglob("*"))
    with found_in(path) as found:
        assert len(found) == len(names)
        places = [each.path.resolve() for each in found]
        folder = os.path.commonpath(places)
        assert "/.unpacked-" in folder
        assert len(set(places)) == len({each.student for each in found}) == len(names)
    assert not os.path.exists(folder)
    assert before == set(tmp_path.rglob("*"))


def test_links_in_a_zip_are_not_made(zipped):
    link = zipfile.ZipInfo("ada.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with found_in(zipped([(link, "/etc/passwd"), ("bob.py", "x = 1")])) as found:
        assert [each.path.is_symlink() for each in found] == [False, False]
        assert "link" in found[0].problem
        assert found[1].problem is None


def test_an_entry_that_grows_without_end_is_given_up(zipped):
    with found_in(zipped([("ada.py", b"\0" * 30_000_000), ("bob.py", "x = 1")])) as found:
        assert "too large" in found[0].problem
        assert found[0].path.stat().st_size == 0
        assert found[1].problem is None


def test_what_is_too_much_in_a_zip_costs_those_who_handed_in_the_most(zipped, monkeypatch):
    monkeypatch.setattr(archives, "MAX_CLASS_BYTES", 1000)
    path = zipped([("large.py", "x" * 900), *((f"{n}.py", "x" * 100) for n in range(4))])
    with found_in(path) as found:
        problems = {each.student: each.problem for each in found}
    assert "all files together unpack to over 1,000 bytes" in problems.pop("large")
    assert problems == dict.fromkeys("0123")


def test_a_full_disk_costs_what_finds_no_room(zipped, monkeypatch):
    write = archives._write

    def full(archive, entry, path):
        if entry.filename == "b.py":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(archive, entry, path)

    monkeypatch.setattr(archives, "_write", full)
    with found_in(zipped([("a.py", "x = 1"), ("b.py", "x = 1")])) as found:
        assert [each.problem and "No space left" in each.problem for each in found] == [None, True]


def test_what_else_has_the_lesson_s_name_is_known_should_the_notebook_be_blank(tmp_path):
    make(tmp_path, "ada/15_quantization.ipynb", "ada/15_quantization.py", "ada/notes.py")
    make(tmp_path, "ada/test_15_quantization.py", "bob/15_quantization.py")
    with found_in(tmp_path) as found:
        others = {each.student: [path.name for path in each.others] for each in found}
    assert others == {"ada": ["15_quantization.py"], "bob": []}


def test_links_to_another_s_file_are_not_graded(tmp_path):
    make(tmp_path, "ada.py", "eve/notes.txt", "own.py")
    (tmp_path / "bob.py").symlink_to("ada.py")
    (tmp_path / "eve" / "15_quantization.py").symlink_to("../ada.py")
    os.link(tmp_path / "ada.py", tmp_path / "cyd.py")
    with found_in(tmp_path) as found:
        problems = {each.student: each.problem for each in found}
    assert problems["bob"] == problems["eve"] == "the file is a link to another"
    assert problems["cyd"] == "the file is ada.py under another name (a hard link)"
    assert problems["ada"] == "the file is cyd.py under another name (a hard link)"
    assert problems["own"] is None


def test_names_that_look_the_same_stay_apart(tmp_path):
    names = ["alice", "ali\u200bce", "ali\u200dce", "Alice", "\uff41lice"]
    for number, name in enumerate(names):
        folder = tmp_path / f"{name}_{number + 10}_assignsubmission_file"
        folder.mkdir()
        (folder / "x.py").write_text("x = 1", encoding="utf-8")
    with found_in(tmp_path) as found:
        students = {results.plain(each.student) for each in found}
    assert students == {
        "alice_10", "ali\\u200bce_11", "ali\\u200dce_12", "Alice_13", "\uff41lice_14"
    }  # fmt: skip


def test_a_damaged_entry_of_a_zip_costs_nobody_else(zipped):
    path = zipped([("ada.py", "x = 1" * 100), ("bob.py", "x = 1")])
    content = bytearray(path.read_bytes())
    start = 30 + len("ada.py")
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    with found_in(path) as found:
        assert [bool(each.problem) for each in found] == [True, False]


def test_a_link_in_a_circle_and_a_folder_that_cannot_be_read_are_rows(tmp_path, monkeypatch):
    make(tmp_path, "ada.py", "bob/15_quantization.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    entries = unpacked.entries_of

    def refused(folder):
        if folder.name == "bob":
            raise PermissionError(13, "Permission denied")
        return entries(folder)

    monkeypatch.setattr(unpacked, "entries_of", refused)
    with found_in(tmp_path, tmp_path / "results") as found:
        assert [(each.student, bool(each.problem)) for each in found] == [
            ("ada", False), ("bob", True), ("loop", True)
        ]  # fmt: skip
