"""Who handed in what, in the layout of each platform, from a folder and from a zip file."""

import shutil

import pytest
from grading.submission.finding import trees

from tinytorch.grading.submission import platforms
from tinytorch.grading.submission.files import submissions

# Of each student: id, attempt, late, time, and the end of the path of what is graded.
FILE = "15_quantization.ipynb"
EXPECTED = {
    "canvas": {
        "doejane": ("12345", 2, True, "", "_67890_15_quantization-1.ipynb"),
        "großjürgen": ("12346", 1, False, "", FILE),
        "王芳": ("12347", 1, False, "", ".py"),
        "team_7": ("1012", 1, False, "", FILE),
        "roemax": ("12348", 0, False, "", "text.html"),
        "anon_x1Yz2": ("x1Yz2", 1, False, "", FILE),
    },
    "moodle": {
        "Jane Doe_101": ("101", 0, None, "", f"/{FILE}"),
        "Jürgen Groß": ("102", 0, None, "", FILE),
        "王芳": ("103", 0, None, "", FILE),
        "Max Roe": ("104", 0, None, "", "_onlinetext_"),
        "Jane Doe_105": ("105", 0, None, "", "mine/15_quantization.py"),
        "team_7": ("106", 0, None, "", ".py"),
    },
    "blackboard": {
        "Jane Doe": ("jdoe", 2, None, "2026-10-02 08:00:00", f"02-08-00-00_{FILE}"),
        "Jürgen Groß": ("j_gross", 1, None, "2026-10-01 12:31:00", ".py"),
        "王芳": ("wfang", 0, None, "2026-10-01 12:32:00", ".txt"),
    },
    "gradescope": {
        "Jürgen Groß": ("4711", 2, None, "2026-10-01 12:30:00+00:00", FILE),
        "王 芳 and Jane Doe": ("4712", 1, None, "2026-10-01 13:30:00+00:00", ".py"),
    },
    "brightspace": {
        "Jane Doe": ("123", 2, None, "2026-10-01 13:50:00", f"150 PM/{FILE}"),
        "Jürgen Groß": ("124", 1, None, "2026-09-30 09:05:00", ".py"),
        "王芳": ("125", 1, None, "2026-10-01 14:05:00", FILE),
        "Ann-Marie O'Neil": ("126", 1, None, "2026-10-01 12:30:00", FILE),
    },
    "ilias": {
        "Jane Doe": ("jdoe", 2, None, "2026-10-02 08:00:00", f"20261002080000_{FILE}"),
        "Jürgen Groß": ("jg_ross", 1, None, "2026-10-01 12:30:00", FILE),
        "Team_7": ("Team_7", 1, None, "2026-10-01 12:30:00", ".py"),
    },
    "github": {
        "jane-doe": ("jane-doe", 0, None, "", FILE),
        "jgross": ("jgross", 0, None, "", "mine/15_quantization.py"),
    },
    "nbgrader": {
        "jdoe": ("jdoe", 0, None, "2026-10-01 12:30:00+00:00", FILE),
        "jgroß": ("jgroß", 0, None, "", FILE),
        "wfang": ("wfang", 0, None, "", "wfang"),
    },
    "drive": {
        "15_quantization - Jane Doe.ipynb": ("", 0, None, "", ".ipynb"),
        "15_quantization - Jane Doe (1).ipynb": ("", 0, None, "", "Jane Doe (1).ipynb"),
        "Jürgen Groß": ("", 0, None, "", ".ipynb"),
        "王芳": ("", 0, None, "", FILE),
        "15_quantization": ("", 0, None, "", FILE),
        "15_quantization (1)": ("", 0, None, "", "15_quantization (1).ipynb"),
    },
}
UNGRADABLE = {"roemax", "Max Roe", "wfang"} | {"王芳 of blackboard"}


def found_in(source, platform=None):
    with submissions(source, "15_quantization", None, platform) as found:
        return {each.student: each for each in found}


def facts(found):
    return {name: (e.id, e.attempt, e.late, e.time) for name, e in found.items()}


@pytest.fixture(params=EXPECTED)
def platform(request):
    return request.param


@pytest.fixture
def tree(platform, tmp_path):
    folder = tmp_path / "download"
    return getattr(trees, platform)(folder)


def test_each_student_has_one_row_with_what_the_platform_knows(platform, tree):
    found = found_in(tree)
    expected = EXPECTED[platform]
    assert facts(found) == {name: values[:4] for name, values in expected.items()}
    assert {
        name for name, each in found.items() if not each.place.endswith(expected[name][4])
    } == set()
    problems = {name for name, each in found.items() if each.problem}
    assert problems == {n for n in expected if {n, f"{n} of {platform}"} & UNGRADABLE}


def test_folders_above_the_students_change_nothing(platform, tree, tmp_path):
    (tmp_path / "course" / "week 15").mkdir(parents=True)
    expected = facts(found_in(tree))
    tree.rename(tmp_path / "course" / "week 15" / "download")
    if platform != "nbgrader":  # one more folder than the others
        assert facts(found_in(tmp_path / "course" / "week 15")) == expected
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "course" / "week 15")
    assert facts(found_in(type(tree)(packed))) == expected


def test_a_zip_file_and_the_name_of_the_platform_give_the_same(platform, tree, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tree)
    from_zip = found_in(tmp_path / "packed.zip", platform)
    assert packed
    assert facts(from_zip) == facts(found_in(tree))


def test_what_else_was_handed_in_is_listed_and_earlier_attempts_are_told_apart(tmp_path):
    found = found_in(trees.blackboard(tmp_path / "bb"))["Jane Doe"]
    assert [name[-30:] for name in found.earlier] == ["01-12-30-00_15_quantization.ipynb"[-30:]]
    assert any(name.endswith("report.pdf") for name in found.companions)
    found = found_in(trees.ilias(tmp_path / "ilias"))["Jane Doe"]
    assert [name[-36:] for name in found.earlier] == ["/20261001123000_15_quantization.ipynb"[-36:]]
    found = found_in(trees.moodle(tmp_path / "moodle"))["Jane Doe_101"]
    assert [path.name for path in found.others] == ["15_quantization-Copy1.ipynb"]
    assert found.companions == (
        "Jane Doe_101_assignsubmission_onlinetext_",
        "Jane Doe_101_assignsubmission_file_/15_quantization-Copy1.ipynb",
    )
    assert found.keys == ("101",)


def test_the_newest_file_counts_even_if_it_has_another_name(tmp_path):
    folder = "Doe_Jane_jdoe_201"
    days = {1: "15_quantization.ipynb", 2: "15_quantization.ipynb", 3: "15_quantization_b.ipynb"}
    trees.make(tmp_path, *(f"{folder}/2026100{day}123000_{name}" for day, name in days.items()))
    (only,) = found_in(tmp_path).values()
    assert only.place == f"{folder}/20261003123000_15_quantization_b.ipynb"
    assert len(only.earlier) == 2


def test_the_members_of_a_group_are_known_by_all_their_ids(tmp_path):
    group = found_in(trees.gradescope(tmp_path / "gs"))["王 芳 and Jane Doe"]
    assert set(group.keys) == {"4712", "4713", "wf@example.edu", "jd@example.edu"}
    assert found_in(trees.ilias(tmp_path / "il"))["Team_7"].keys == ("Team_7", "wfang")


def test_the_attempt_of_the_newest_notebook_counts_even_if_a_pdf_came_later(tmp_path):
    start = "15 Quantization_jdoe_attempt_2026-10-0"
    trees.make(tmp_path, f"{start}1-12-30-00_15_quantization.ipynb", f"{start}2-12-30-00_a.pdf")
    (only,) = found_in(tmp_path).values()
    assert (only.attempt, only.problem) == (1, None)
    assert only.place.endswith(".ipynb")


def test_attempts_whose_times_are_in_another_language_are_still_one_student_s(tmp_path):
    days = ("1 oktober, 2026 1230", "12 oktober, 2026 1230")
    trees.make(tmp_path, *(f"1-2 - Åsa Öberg - {day}/15_quantization.py" for day in days))
    (only,) = found_in(tmp_path).values()
    assert (only.student, only.time, len(only.earlier)) == ("Åsa Öberg", "", 1)


def test_whoever_handed_in_another_assignment_only_is_told_so(tmp_path):
    wfang = found_in(trees.nbgrader(tmp_path))["wfang"]
    assert wfang.problem == "only other assignments were handed in"


def test_without_a_platform_every_entry_is_a_student(tmp_path):
    trees.canvas(tmp_path / "canvas")
    found = found_in(tmp_path / "canvas", platforms.NONE)
    assert "doejane_LATE_12345_67890_15_quantization-1" in found


def test_a_download_of_another_platform_than_the_one_named_is_refused(tmp_path):
    trees.canvas(tmp_path / "canvas")
    with pytest.raises(ValueError, match="nothing in canvas is called as in a download of moodle"):
        found_in(tmp_path / "canvas", "moodle")


def test_metadata_that_cannot_be_read_are_named_and_can_be_left_out(tmp_path):
    trees.gradescope(tmp_path)
    folder = tmp_path / "assignment_1_export"
    (folder / "submission_metadata.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(ValueError, match="--platform none"):
        found_in(folder)
    assert {"submission_11", "submission_12"} <= set(found_in(folder, platforms.NONE))


def test_clones_with_a_common_beginning_are_known_by_what_differs(tmp_path):
    trees.make(tmp_path, *(f"hw3-{name}/.git/HEAD" for name in ("ann", "bob-roe")))
    trees.make(tmp_path, *(f"hw3-{name}/15_quantization.py" for name in ("ann", "bob-roe")))
    assert list(found_in(tmp_path)) == ["ann", "bob-roe"]


def test_a_copy_is_no_student_s_name_in_a_folder_of_drive(tmp_path):
    trees.make(tmp_path, "15_quantization - Copy.ipynb", "15_quantization - Kopie (2).ipynb")
    trees.make(tmp_path, "15_quantization.ipynb")
    (only,) = found_in(tmp_path).values()
    assert only.place == "15_quantization.ipynb"
    assert len(only.others) == 2


# What Eve called her file, so that the whole looks as if it were Jane's, or not late.
ATTACKS = {
    "moodle": ("Eve_9_assignsubmission_file_{}", "Jane Doe_101_assignsubmission_file_x.ipynb"),
    "blackboard": (
        "15 Quantization_eve_attempt_2026-10-01-12-30-00_{}",
        "15 Quantization_jdoe_attempt_2026-10-09-12-30-00_15_quantization.ipynb",
    ),
    "canvas": ("eve_LATE_9_4_{}", "doejane_12345_67890_15_quantization.ipynb"),
    "brightspace": (
        "9-456 - Eve - Oct 1, 2026 1230 PM - {}",
        "123-456 - Jane Doe - Oct 9, 2026 150 PM - 15_quantization.ipynb",
    ),
    "drive": ("{} - Eve.ipynb", "15_quantization - Jane Doe.ipynb"),
}


@pytest.mark.parametrize("platform", ATTACKS)
@pytest.mark.parametrize("disguise", ATTACKS)
def test_the_name_of_a_file_makes_it_nobody_else_s(tmp_path, platform, disguise):
    folder = getattr(trees, platform)(tmp_path / "download")
    before = {(each.name, each.id, each.place) for each in found_in(folder).values()}
    top = folder / "15 Quantization (File responses)" if platform == "drive" else folder
    trees.make(top, ATTACKS[platform][0].format(ATTACKS[disguise][1]))
    after = {(each.name, each.id, each.place) for each in found_in(folder).values()}
    assert before < after
    ((name, number, _),) = after - before
    assert number in ("", "9", "eve")
    assert name in ("Eve", "eve") or (platform == "drive" and name.endswith(" - Eve"))
    assert name == "Eve" or platform != disguise or platform in ("blackboard", "canvas")


@pytest.mark.parametrize("own", ["8_15_quantization.ipynb", "7_8_15_quantization.ipynb"])
def test_numbers_in_the_name_of_a_file_hide_no_late_mark(tmp_path, own):
    trees.canvas(tmp_path)
    trees.make(tmp_path, f"eve_LATE_9_4_{own}")
    eve = found_in(tmp_path)["eve"]
    assert (eve.id, eve.late) == ("9", True)
