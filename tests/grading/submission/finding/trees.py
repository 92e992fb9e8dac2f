"""Folders as the platforms make them, for tests: who handed in what is all that matters there."""

import json

CODE = "def quantize_int8(tensor):\n    return tensor\n"
NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
RECEIPT = """Name: {name} ({login})
Assignment: 15 Quantization
Date Submitted: Thursday, October 1, 2026 12:30:00 PM CEST
Current Grade: Not Graded Yet

Submission Field:
There is no student submission text data for this assignment.

Comments:
There are no student comments for this assignment.

Files:
\tOriginal filename: 15_quantization.ipynb
\tFilename: {file}
"""
METADATA = """---
submission_11:
  :submitters:
  - :name: Jürgen Groß
    :sid: '4711'
    :email: jg@example.edu
  :created_at: 2026-10-01 12:30:00.123456000 Z
  :score: 0.0
  :history:
  - :id: 10
    :created_at: 2026-09-30 12:00:00.000000000 Z
submission_12:
  :submitters:
  - :name: 王 芳
    :sid: '4712'
    :email: wf@example.edu
  - :name: Jane Doe
    :sid: '4713'
    :email: jd@example.edu
  :created_at: 2026-10-01 13:30:00.123456000 Z
  :history: []
"""


def make(folder, *places, **texts):
    """Write files; a place may be a pair of a place and its text."""
    for place in places:
        name, text = place if isinstance(place, tuple) else (place, None)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        default = NOTEBOOK if path.suffix == ".ipynb" else CODE if path.suffix == ".py" else "-"
        path.write_text(default if text is None else text, encoding="utf-8")
    return folder


def canvas(folder):
    return make(
        folder,
        "doejane_LATE_12345_67890_15_quantization-1.ipynb",
        "doejane_LATE_12345_67891_report.pdf",
        "großjürgen_12346_67892_15_quantization.ipynb",
        "王芳_12347_67893_15_quantization.py",
        "team_7_1012_67894_15_quantization.ipynb",
        "roemax_12348_text.html",
        "anon_x1Yz2_67895_15_quantization.ipynb",
    )


def moodle(folder):
    return make(
        folder,
        "Jane Doe_101_assignsubmission_file_/15_quantization.ipynb",
        "Jane Doe_101_assignsubmission_file_/15_quantization-Copy1.ipynb",
        "Jane Doe_101_assignsubmission_onlinetext_/onlinetext.html",
        "Jürgen Groß_102_assignsubmission_file/15_quantization.ipynb",
        "王芳_103_assignsubmission_file_15_quantization.ipynb",
        "Max Roe_104_assignsubmission_onlinetext_/onlinetext.html",
        "Jane Doe_105_assignsubmission_file_/mine/15_quantization.py",
        "team_7_106_assignsubmission_file_/15_quantization.py",
    )


def blackboard(folder):
    start = "15 Quantization_{}_attempt_2026-10-{}"
    places = []
    for name, login, time, files in (
        ("Jane Doe", "jdoe", "01-12-30-00", ["15_quantization.ipynb", "report.pdf"]),
        ("Jane Doe", "jdoe", "02-08-00-00", ["15_quantization.ipynb"]),
        ("Jürgen Groß", "j_gross", "01-12-31-00", ["15_quantization.py"]),
        ("王芳", "wfang", "01-12-32-00", []),
    ):
        base = start.format(login, time)
        receipt = RECEIPT.format(name=name, login=login, file=f"{base}_x.ipynb")
        places += [(f"{base}.txt", receipt), *(f"{base}_{file}" for file in files)]
    return make(folder, *places)


def gradescope(folder):
    return make(
        folder,
        ("assignment_1_export/submission_metadata.yml", METADATA),
        "assignment_1_export/submission_11/15_quantization.ipynb",
        "assignment_1_export/submission_11/notes.txt",
        "assignment_1_export/submission_12/15_quantization.py",
    )


def brightspace(folder):
    return make(
        folder,
        "123-456 - Jane Doe - Oct 1, 2026 1230 PM/15_quantization.ipynb",
        "123-456 - Jane Doe - Oct 1, 2026 150 PM/15_quantization.ipynb",
        "123-456 - Jane Doe - Oct 1, 2026 150 PM/report.pdf",
        "124-456 - Jürgen Groß - Sep 30, 2026 905 AM/15_quantization.py",
        "125-456 - 王芳 - 1 October, 2026 1405/15_quantization.ipynb",
        "126-456 - Ann-Marie O'Neil - Oct 1, 2026 1230 PM - 15_quantization.ipynb",
        "index.html",
    )


def ilias(folder):
    return make(
        folder,
        "Abgaben/Doe_Jane_jdoe_201/20261001123000_15_quantization.ipynb",
        "Abgaben/Doe_Jane_jdoe_201/20261002080000_15_quantization.ipynb",
        "Abgaben/Doe_Jane_jdoe_201/20261002080010_helper.py",
        "Abgaben/Groß_Jürgen_jg_ross_202/20261001123000_15_quantization.ipynb",
        "Abgaben/Team_7/王_芳_wfang_203/20261001123000_15_quantization.py",
        "Abgaben/status.csv",
    )


def github(folder):
    return make(
        folder,
        "15-quantization-submissions/15-quantization-jane-doe/15_quantization.ipynb",
        "15-quantization-submissions/15-quantization-jane-doe/.git/HEAD",
        "15-quantization-submissions/15-quantization-jane-doe/README.md",
        "15-quantization-submissions/15-quantization-jgross/mine/15_quantization.py",
    )


def nbgrader(folder):
    when = "2026-10-01 12:30:00.123456 UTC"
    return make(
        folder,
        ("course/submitted/jdoe/15_quantization/timestamp.txt", when),
        "course/submitted/jdoe/15_quantization/15_quantization.ipynb",
        "course/submitted/jdoe/14_profiling/14_profiling.ipynb",
        "course/submitted/jgroß/15_quantization/15_quantization.ipynb",
        ("course/submitted/wfang/14_profiling/timestamp.txt", when),
        "course/source/15_quantization/15_quantization.ipynb",
    )


def drive(folder):
    return make(
        folder,
        "15 Quantization (File responses)/15_quantization - Jane Doe.ipynb",
        "15 Quantization (File responses)/15_quantization - Jane Doe (1).ipynb",
        "15 Quantization (File responses)/15_quantization - Jürgen Groß.ipynb",
        "15 Quantization (File responses)/王芳 - 15_quantization.ipynb",
        "15 Quantization (File responses)/15_quantization.ipynb",
        "15 Quantization (File responses)/15_quantization (1).ipynb",
    )
