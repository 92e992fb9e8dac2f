"""The lesson as a static site in a real browser, with no other host and no server behind it."""

import json

import jupytext
import nbformat
import pytest
from lessons.in_jupyter.lab import Lab
from lessons.notebook import answers, exercise_index, shows_figure
from playwright.sync_api import expect
from samples import KEY, grade_file

from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons.quantization import LESSON
from tinytorch.lessons.release import fill
from tinytorch.lessons.site import site_notebook

NOTEBOOK = nbformat.reads(json.dumps(site_notebook(LESSON)), as_version=4)
ANSWERED = fill(NOTEBOOK, jupytext.read(KEY, fmt="py:percent"))
CODE = [index for index, cell in enumerate(NOTEBOOK.cells) if cell.cell_type == "code"]
FIGURES = [index for index in CODE if shows_figure(NOTEBOOK.cells[index])]
EXERCISE = exercise_index(NOTEBOOK, "quantize_int8")
CHECK = EXERCISE + 1
RIGHT = answers()["quantize_int8"]
WRONG = RIGHT.replace("np.rint(values / scale)", "np.floor(values / scale)")
NAME = f"{LESSON.name}.ipynb"


@pytest.fixture
def lab(page):
    """JupyterLab in the page, whose kernel is what takes its time to start."""
    page.set_default_timeout(60_000)
    return Lab(page)


def wait_until_open(lab):
    cells = lab.page.locator(".jp-Notebook .jp-Cell")
    expect(cells).to_have_count(len(NOTEBOOK.cells), timeout=60_000)


def test_a_student_works_through_the_lesson_and_the_work_is_kept_and_downloaded(
    lab, address, tmp_path
):
    # One test, as most of its time goes into starting Python and into drawing all figures.
    assert WRONG != RIGHT
    lab.page.goto(address)
    wait_until_open(lab)
    lab.picture("site-first-view")
    lab.run(*[index for index in CODE if index <= FIGURES[0]])
    expect(lab.output(FIGURES[0]).locator("img")).to_be_visible()
    expect(lab.output(FIGURES[0])).to_have_count(1)  # and no remark of Matplotlib's
    lab.picture("site-first-figure", FIGURES[0])

    lab.write(EXERCISE, WRONG)
    lab.run(EXERCISE, CHECK)
    expect(lab.output(CHECK)).to_contain_text("failed")
    expect(lab.output(CHECK)).to_contain_text("nearest")
    lab.picture("site-failing-check", CHECK)
    lab.write(EXERCISE, RIGHT)
    lab.run(EXERCISE, CHECK)
    expect(lab.output(CHECK)).to_contain_text("25 of 25")
    expect(lab.output(CHECK)).not_to_contain_text("failed")

    for index in CODE:
        if ANSWERED.cells[index].source != NOTEBOOK.cells[index].source:
            lab.write(index, ANSWERED.cells[index].source)
    lab.run_all(CODE[-1])
    assert_all_is_drawn_and_earned(lab)
    lab.save()

    lab.page.goto(address)  # as on the next day
    wait_until_open(lab)
    expect(lab.source(EXERCISE)).to_contain_text("codes_of")
    lab.page.set_viewport_size({"width": 900, "height": 1000})
    lab.picture("site-900-pixels", CHECK)
    lab.download(tmp_path / NAME)
    handed_in = nbformat.read(tmp_path / NAME, as_version=4)
    assert [cell.source for cell in handed_in.cells] == [cell.source for cell in ANSWERED.cells]
    with Sandbox() as sandbox:
        assert grade_file(tmp_path / NAME, sandbox).points == 100


def assert_all_is_drawn_and_earned(lab):
    expect(lab.output(CODE[-1])).to_contain_text("100 of 100")
    stderr = lab.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
    error = lab.page.locator('[data-mime-type="application/vnd.jupyter.error"]')
    expect(stderr.or_(error)).to_have_count(0)
    pictures = sum(lab.output(index).locator("img").count() for index in FIGURES)
    assert pictures == len(FIGURES) - 2
    waiting = lab.page.get_by_text("This figure waits for")
    expect(waiting).to_contain_text(2 * ["ONNX Runtime, which is not here in the browser"])
    for index in [*FIGURES, CODE[-1]]:
        lab.picture(f"site-answered-{index}", index)


def test_a_notebook_is_brought_along_from_elsewhere(lab, address, tmp_path):
    brought = tmp_path / "brought.ipynb"
    nbformat.write(ANSWERED, brought)
    lab.page.goto(f"{address}lab/index.html")
    with lab.page.context.expect_event("request", lambda asked: asked.url.endswith(".asm.wasm")):
        lab.upload(brought)
        wait_until_open(lab)  # and its kernel starts: that it works is seen above
    expect(lab.source(EXERCISE)).to_contain_text("codes_of")
