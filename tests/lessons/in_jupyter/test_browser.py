"""The lesson as Binder builds it, in JupyterLab and a real browser, as a student meets it.

With TINYTORCH_SCREENSHOTS=FOLDER in the environment, what the browser shows is kept there.
"""

import re

import nbformat
import pytest
from lessons.in_jupyter.binder import ANSWER, ROOT, places_with
from lessons.in_jupyter.lab import Lab, contrast, launch, left_out
from lessons.notebook import LESSON, NOTEBOOK, answers, exercise_index, shows_figure
from playwright.sync_api import expect, sync_playwright
from samples import KEY

from tinytorch.lessons import release

CELLS = nbformat.read(NOTEBOOK, as_version=4).cells
CODE = [index for index, cell in enumerate(CELLS) if cell.cell_type == "code"]
TEXT = [index for index, cell in enumerate(CELLS) if cell.cell_type == "markdown"]
FORMULA = re.compile(r"\$\$.+?\$\$|\$.+?\$", re.DOTALL)
FIGURES = [index for index in CODE if shows_figure(CELLS[index])]
EXERCISE = exercise_index(nbformat.read(NOTEBOOK, as_version=4), "quantize_int8")
CHECK = EXERCISE + 1

RIGHT = answers()["quantize_int8"]
WRONG = RIGHT.replace("np.rint(values / scale)", "np.floor(values / scale)")


@pytest.fixture(scope="module")
def browser():
    if left_out():
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        yield context.new_page()


@pytest.fixture
def opened(page, server):
    """Open a folder's notebook, with no other one in sight; None is the server's own address."""

    def open_notebook(folder=None):
        path = "" if folder is None else f"lab/workspaces/{folder}/tree/{folder}/{LESSON.name}"
        page.goto(f"{server.url}/{path}?token={server.token}")
        expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS), timeout=60_000)
        expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute(
            "data-status", "idle", timeout=60_000
        )
        return Lab(page)

    return open_notebook


def assert_legible_in_both_themes(lab, words, index):
    """The contrast that large or bold words need at least."""
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.picture(f"cell-{index}-{theme}", index)
        assert contrast(words) > 3


def test_the_answer_key_is_in_the_repository_and_not_in_binders_image(environment):
    # That the search finds the key where it is makes its silence worth something.
    assert places_with(ANSWER, ROOT / "tests" / "submissions")
    (installed,) = environment.virtual.rglob("site-packages/tinytorch")
    assert (installed / LESSON.parent).is_dir()
    assert places_with(ANSWER, environment.repository, installed) == []
    assert not (environment.repository / "tests").exists()
    assert not (environment.repository / ".git").exists()


def test_a_student_sees_a_mistake_fixes_it_and_edits_the_file_elsewhere(server, opened):
    assert WRONG != RIGHT
    lab = opened()
    lab.picture("first-view")
    lab.run(*[index for index in CODE if index <= FIGURES[0]])
    expect(lab.output(FIGURES[0]).locator("img")).to_be_visible()
    lab.picture("first-figure", FIGURES[0])

    lab.write(EXERCISE, WRONG)
    lab.run(EXERCISE, CHECK)
    failed = lab.output(CHECK)
    expect(failed).to_contain_text("failed")
    expect(failed).to_contain_text("nearest")
    assert_legible_in_both_themes(lab, failed.get_by_text("failed", exact=True).first, CHECK)

    lab.write(EXERCISE, RIGHT)
    lab.run(EXERCISE, CHECK)
    expect(lab.output(CHECK)).to_contain_text("25 of 25")
    expect(lab.output(CHECK)).not_to_contain_text("failed")
    lab.picture("passing-check", CHECK)

    lab.save()
    path = server.folder / LESSON
    assert nbformat.read(path, as_version=4).cells[EXERCISE].source == RIGHT
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == [path.name]

    text = path.read_text(encoding="utf-8")  # as VS Code would
    edited = text.replace("## The problem", "## The problem, edited elsewhere")
    path.write_text(edited, encoding="utf-8")
    lab.reload()
    expect(lab.page.get_by_role("heading", name="edited elsewhere")).to_be_visible()
    expect(lab.source(EXERCISE)).to_contain_text("codes_of")


def test_formulas_are_drawn_and_tables_fit_on_a_laptop(server, opened):
    lab = opened()
    lab.page.set_viewport_size({"width": 1280, "height": 720})
    for index in TEXT:
        shown = lab.cell(index).locator(".jp-MarkdownOutput")
        shown.scroll_into_view_if_needed()
        expect(shown).not_to_contain_text("$")
        assert shown.evaluate("element => element.scrollWidth <= element.clientWidth")
        if "$$" in CELLS[index].source or "|---|" in CELLS[index].source:
            lab.picture(f"laptop-{index}", index)
    formulas = lab.page.locator(".jp-MarkdownOutput mjx-container")
    assert formulas.count() == sum(len(FORMULA.findall(CELLS[index].source)) for index in TEXT)
    # What MathJax does not know it shows in red.
    expect(lab.page.locator('mjx-merror, mjx-container [style*="red"]')).to_have_count(0)


def outputs_of_all_cells(lab):
    """Run all cells; the number of those that show a picture."""
    lab.run_all(CODE[-1])
    stderr = lab.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
    error = lab.page.locator('[data-mime-type="application/vnd.jupyter.error"]')
    expect(stderr.or_(error)).to_have_count(0)
    return sum(lab.output(index).locator("img").count() for index in FIGURES)


def test_all_cells_of_binders_own_notebook_run_without_an_error(server, opened):
    lab = opened()
    pictures = outputs_of_all_cells(lab)
    assert 3 <= pictures < len(FIGURES)
    waiting = lab.page.get_by_text("This figure waits for")
    assert waiting.count() == len(FIGURES) - pictures
    assert_legible_in_both_themes(lab, waiting.first, FIGURES[1])
    expect(lab.output(CODE[-1])).to_contain_text("0 of 100")
    lab.picture("untouched-end", CODE[-1])


def test_with_the_answers_all_figures_are_drawn_and_all_points_earned(server, opened):
    release(server.folder / "answered", answer_key=KEY, overwrite=True)
    lab = opened("answered")
    assert outputs_of_all_cells(lab) == len(FIGURES)
    expect(lab.output(CODE[-1])).to_contain_text("100 of 100")
    for index in [*FIGURES, CODE[-1]]:
        lab.picture(f"answered-{index}", index)
    figure = lab.output(FIGURES[-1]).locator("img")
    expect(figure).to_have_css("filter", "none")
    lab.theme("Dark")
    expect(figure).not_to_have_css("filter", "none")  # it does not glare
    lab.picture("figure-dark", FIGURES[-1])
    lab.theme("Light")


def test_the_servers_address_leads_to_the_notebook_in_jupyterlab(server):
    address, page = server.open("/")
    assert address == f"{server.url}/lab/tree/{LESSON.as_posix()}"
    assert b"jupyter-config-data" in page
