"""Broken notebooks are graded by what can be read of them, or refused in one sentence.

They are made here, and read inside of `containment.grade` alone: a file that takes the grader's
memory shows as a failed test.
"""

import codecs
import functools
import json
import os
import re
import tempfile
from pathlib import Path

import pytest
from redteam import containment
from samples import KEY

KEY_SOURCE = KEY.read_text(encoding="utf-8")
MAX_SECONDS, MAX_MEGABYTES = 15, 1500  # seconds and MB for reading and grading one file


def code(source, **more):
    return {"cell_type": "code", "metadata": {}, "outputs": [], "source": source, **more}


def notebook(*sources, **more):
    cells = [each if isinstance(each, dict) else code(each) for each in sources]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}


def text(*sources, **more):
    return json.dumps(notebook(*sources, **more))


def indented(*sources):
    return json.dumps(notebook(*sources), indent=1)


def nested(opening, closing, depth):
    return opening * depth + closing * depth


OUTPUT = {"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}
OLD = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": KEY_SOURCE}]}]}

# What the file holds, and what it earns or why it is refused.
FILES = {
    "truncated": (lambda: text(KEY_SOURCE)[:-100], "not JSON"),
    "empty": (lambda: "", "empty"),
    "only spaces": (lambda: " \n\t" * 1000, "empty"),
    "null bytes": (lambda: "\0" * 1000, "not JSON"),
    "a web page": (lambda: "<!DOCTYPE html><html></html>", "web page"),
    "a list": (lambda: "[1, 2]", "no code cells"),
    "cells that are null": (lambda: '{"cells": null}', "no code cells"),
    "cells of all types": (lambda: '{"cells": [1, null, "x", [], {}, {"cell_type": 4}]}', "no"),
    "nested lists": (lambda: nested("[", "]", 100_000), "nested too deeply"),
    "nested dicts": (lambda: nested('{"cells":', "}", 100_000), "nested too deeply|not JSON"),
    "a byte order mark": (lambda: codecs.BOM_UTF8 + text(KEY_SOURCE).encode(), 100),
    "UTF-16": (lambda: text(KEY_SOURCE).encode("utf-16"), 100),
    "CRLF": (lambda: indented(KEY_SOURCE.replace("\n", "\r\n")).replace("\n", "\r\n"), 100),
    "code page 1252": (
        lambda: text(f"# cafe\n{KEY_SOURCE}").replace("cafe", "caf\xe9").encode("cp1252"), 100,
    ),
    "format 3": (lambda: json.dumps(OLD), 100),
    "format 99": (lambda: text(KEY_SOURCE, nbformat=99), 100),
    "a format of a million digits": (
        lambda: text(KEY_SOURCE).replace('"nbformat": 4', '"nbformat": ' + "4" * 1_000_000), 100,
    ),
    "a format that is not a number": (lambda: text(KEY_SOURCE, nbformat=float("nan")), 100),
    "outputs of 50 MB": (lambda: text(code(KEY_SOURCE, outputs=[OUTPUT])), 100),
    "10,000 cells": (lambda: text(*["x = 1"] * 5000, KEY_SOURCE, *["print(x)"] * 5000), 100),
    "sources of many types": (
        lambda: text(code([KEY_SOURCE, 5, None, ["x"]]), code(None), code(7), code({})), 100,
    ),
    "cells twice": (lambda: '{"cells": [], ' + text(KEY_SOURCE)[1:], 100),
    "half a character": (lambda: text(KEY_SOURCE, "x = '\ud800'", "choose = '\udfff'"), 100),
    "steering characters": (lambda: text("x = 1\x1b[2J\x00\x0c", KEY_SOURCE), 100),
    "magics and shell commands": (
        lambda: text("%%bash\nrm -rf ~ /", "!rm -rf ~\n%run x", KEY_SOURCE), 100,
    ),
    "brackets without end": (lambda: text("x = " + "(" * 100_000, KEY_SOURCE), 100),
    "brackets": (lambda: text(f"x = {nested('(', ')', 100_000)}", KEY_SOURCE), 100),
    "a long sum": (lambda: text("choose = " + "1 + " * 100_000 + "1", KEY_SOURCE), 100),
    "a long chain": (lambda: text("choose = a" + ".b" * 100_000, KEY_SOURCE), 100),
    "a long row of minuses": (lambda: text("choose = " + "-" * 200_000 + "1", KEY_SOURCE), 100),
    "a long if": (lambda: text("if a: b = 1\n" + "elif a: b = 1\n" * 20_000, KEY_SOURCE), 100),
    "an integer without end": (lambda: text("x = " + "9" * 1_000_000, KEY_SOURCE), 100),
    "many small statements": (lambda: text("\n".join(["quantize_int8 = 1"] * 5_000)), 0),
    "too many characters": (lambda: text("x = 1\n" * 1_000_000), "at most"),
    "a long line without an end": (lambda: text("a," * 60_000 + "=", KEY_SOURCE), 100),
}  # fmt: skip
PLACES = {
    "a folder": "a folder, not a file",
    "a link to a secret": "link to somewhere outside",
    "a link to itself": "cannot be opened|link",
    "a link to zeros": "link to somewhere outside|device",
    "a pipe": "device or a pipe",
    "too large": "at most 60 MB",
    "not there": "cannot be opened",
    "a name that is too long": "cannot be opened",
}


def made(folder):
    """Put all files into a folder; returns their paths."""
    paths = {name: folder / f"{number}.ipynb" for number, name in enumerate([*FILES, *PLACES])}
    for name, (content, _) in FILES.items():
        content = content()
        content = content if isinstance(content, bytes) else content.encode()
        paths[name].write_bytes(content)
    (folder.parent / "secret.txt").write_text(KEY_SOURCE, "utf-8")
    paths["a folder"].mkdir()
    paths["a link to a secret"].symlink_to("../secret.txt")
    paths["a link to itself"].symlink_to(paths["a link to itself"].name)
    paths["a link to zeros"].symlink_to("/dev/zero")
    os.mkfifo(paths["a pipe"])
    with open(paths["too large"], "wb") as file:
        file.truncate(101_000_000)
    paths["a name that is too long"] = folder / f"{'x' * 300}.ipynb"
    return paths


@functools.cache
def outcomes():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "files").mkdir()
        return containment.grade(folder, made(folder / "files"), seconds=10)


@pytest.mark.parametrize("name", FILES)
def test_a_broken_notebook_is_graded_or_refused_with_a_reason(name):
    outcome, expected = outcomes()[name], FILES[name][1]
    if isinstance(expected, int):
        assert (outcome["points"], outcome["max_points"]) == (expected, 100), outcome["text"]
    else:
        assert outcome["error"] == "UnreadableSubmissionError", outcome["text"]
        assert re.search(expected, outcome["text"])


@pytest.mark.parametrize("name", PLACES)
def test_what_is_no_file_is_refused_with_a_reason(name):
    outcome = outcomes()[name]
    assert outcome["error"] == "UnreadableSubmissionError", outcome["text"]
    assert re.search(PLACES[name], outcome["text"])


@pytest.mark.parametrize("name", [*FILES, *PLACES])
def test_a_broken_file_costs_the_grader_little_and_leaves_nothing(name):
    outcome = outcomes()[name]
    assert outcome["text"].isprintable() or outcome["error"] is None
    assert (outcome["processes_left"], outcome["files_changed"]) == (0, [])
    assert outcome["seconds"] < MAX_SECONDS
    assert outcome["megabytes"] < MAX_MEGABYTES
