"""No order of edits loses a cell: through a Jupyter server with jupytext, as in Binder's image."""

import json
import os
import time

import jupytext
import nbformat
import pytest
from lessons.notebook import LESSON

from tinytorch.lessons import release, start

FOLDER = "mine"
NOTEBOOK, SCRIPT = f"{FOLDER}/{LESSON.name}", f"{FOLDER}/{LESSON.with_suffix('.py').name}"


@pytest.fixture
def folder(running_server):
    """A folder with the notebook and the script that a class gets, which are no pair."""
    folder = running_server.folder / FOLDER
    release(folder, overwrite=True)
    for path in folder.iterdir():
        os.utime(path, (time.time() - 1000,) * 2)
    return folder


def edit(path, text, age):
    """Put a text into the first exercise's cell, as an editor that knows no pairs would."""
    source = path.read_text(encoding="utf-8")
    stub = "exercise 1, quantize_int8"
    assert stub in source
    path.write_text(source.replace(stub, text), encoding="utf-8")
    os.utime(path, (time.time() - age,) * 2)


def sources(path):
    if path.suffix == ".py":
        return [cell.source for cell in jupytext.read(path).cells]
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def open_and_save(server, path):
    """What JupyterLab does when a notebook is opened and saved; what it showed."""
    model = server.ask(f"contents/{path}?type=notebook&content=1")
    server.ask(f"contents/{path}", "PUT", {"type": "notebook", "content": model["content"]})
    return [cell["source"] for cell in model["content"]["cells"]]


@pytest.mark.parametrize("opened", [NOTEBOOK, SCRIPT])
@pytest.mark.parametrize(
    ("notebook_age", "script_age"),
    [(500, None), (None, 500), (500, 400), (400, 500), (0, 500), (500, 0)],
)
def test_whatever_is_edited_and_opened_every_cell_stays(
    running_server, folder, notebook_age, script_age, opened
):
    ages = {NOTEBOOK: notebook_age, SCRIPT: script_age}
    for name, age in ages.items():
        if age is not None:
            edit(running_server.folder / name, f"edited in {name}", age)
    before = {name: sources(running_server.folder / name) for name in ages}
    assert open_and_save(running_server, opened) == before[opened]
    assert {name: sources(running_server.folder / name) for name in ages} == before
    other = next(name for name in ages if name != opened)
    assert open_and_save(running_server, other) == before[other]
    assert {name: sources(running_server.folder / name) for name in ages} == before


def test_a_pair_shows_what_the_two_files_are_spared(running_server):
    # That a pair is refused here makes the silence of the test above worth something.
    notebook = start(running_server.folder / "pair", paired=True)
    os.utime(notebook.with_suffix(".py"), (time.time() - 1000,) * 2)
    edit(notebook, "edited", 0)
    with pytest.raises(OSError, match="400"):
        running_server.ask(f"contents/pair/{LESSON.name}?type=notebook&content=1")


def outputs(messages):
    return [m["content"] for m in messages if m["msg_type"] in ("error", "execute_result")]


def test_mistakes_with_check_are_one_sentence_in_a_notebook(server):
    with server.kernel(LESSON.as_posix()) as kernel:
        kernel.run("from tinytorch.lessons import check, hint")
        (typo,) = outputs(kernel.run("check('quantise_int8')"))
        assert typo["traceback"] == [
            "there is no exercise 'quantise_int8'; did you mean 'quantize_int8'?"
        ]
        loop = "def dequantize_int8(q, s, z):\n    while True:\n        s = s + 1\n"
        (stopped,) = outputs(kernel.run(f"{loop}\ncheck('dequantize_int8', seconds=0.5)"))
        text = " ".join(stopped["data"]["text/plain"].split())
        assert "your code ran for more than 0.5 s" in text
        assert "s = s + 1" in text or "while True:" in text
        (shown,) = outputs(kernel.run("hint(dequantize_int8)"))
        assert shown["data"]["text/html"].count("<li>") == 1


def test_an_interrupt_shows_the_students_line_and_no_frames(server):
    with server.kernel(LESSON.as_posix()) as kernel:
        kernel.run("from tinytorch.lessons import check")
        kernel.run("def dequantize_int8(q, s, z):\n    while True:\n        s = s + 1\n")
        (session,) = server.ask("sessions")
        interrupt = f"kernels/{session['kernel']['id']}/interrupt"
        seen = kernel.run(
            "check('dequantize_int8', seconds=100)",
            when_busy=lambda: (time.sleep(2), server.ask(interrupt, "POST")),
        )
    (error,) = [content for content in outputs(seen) if "traceback" in content]
    (sentence,) = error["traceback"]
    assert sentence.startswith("check was interrupted at `")
    assert sentence.endswith("` in dequantize_int8")


def test_the_notebook_in_binder_is_a_students_copy(server):
    content = json.loads((server.folder / LESSON).read_text(encoding="utf-8"))
    assert "jupytext" not in content["metadata"]
    assert [path.name for path in (server.folder / LESSON).parent.glob("*.*")] == [LESSON.name]
