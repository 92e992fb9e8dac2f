"""The notebook from top to bottom, as it is handed out and with the answers filled in."""

import re
import subprocess
import sys

import nbformat
import pytest
from lessons.notebook import NOTEBOOK, execute, shows_figure, without_network
from samples import KEY

from tinytorch.lessons import release
from tinytorch.lessons.handouts import write_handout
from tinytorch.lessons.quantization.exercises import EXERCISES


@pytest.fixture(scope="module")
def offline(tmp_path_factory):
    return without_network(tmp_path_factory.mktemp("offline"))


@pytest.fixture(scope="module")
def untouched(offline, tmp_path_factory):
    folder = tmp_path_factory.mktemp("untouched")
    release(folder)
    return execute(folder / NOTEBOOK.name, offline).cells


@pytest.fixture(scope="module")
def answered(offline, tmp_path_factory):
    """The folder that instructors get: the notebook was executed without a network."""
    folder = tmp_path_factory.mktemp("answered")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in offline.items():
            patch.setenv(name, value)
        write_handout("answer_key", folder, answer_key=KEY)
    return folder


@pytest.fixture(scope="module")
def answered_cells(answered):
    return nbformat.read(answered / NOTEBOOK.name, as_version=4).cells


def outputs(cells):
    return [output for cell in cells for output in cell.get("outputs", [])]


def complaints(cells):
    """Errors and warnings, in words."""
    errors = [o.evalue for o in outputs(cells) if o.output_type == "error"]
    return errors + [o.text for o in outputs(cells) if o.get("name") == "stderr"]


def final_check(cells):
    """The lines with points: one per exercise, then the total."""
    last = [cell for cell in cells if cell.cell_type == "code"][-1]
    lines = last.outputs[0].data["text/plain"].splitlines()
    return [line for line in lines if re.match(r" *(\d+ of +\d+|bonus) ", line)]


def figure_cells(cells):
    return [cell for cell in cells if shows_figure(cell)]


def test_the_untouched_notebook_runs_without_a_complaint(untouched):
    assert complaints(untouched) == []


def test_the_untouched_notebook_earns_nothing_because_nothing_was_attempted(untouched):
    *rows, total = final_check(untouched)
    assert len(rows) == len(EXERCISES)
    assert [row for row in rows if not row.endswith(("not attempted", "not answered"))] == []
    assert total.strip() == "0 of 100  total"


def test_a_figure_of_the_untouched_notebook_is_drawn_or_says_what_it_waits_for(untouched):
    shown = [cell.outputs[0].data for cell in figure_cells(untouched)]
    waits = re.compile("This figure waits for: (the bonus )?exercise")
    waiting = [data for data in shown if waits.match(data["text/plain"])]
    drawn = [d for d in shown if "image/png" in d]
    assert waiting
    assert drawn
    assert len(waiting) + len(drawn) == len(shown)


def test_with_the_answers_it_runs_without_complaint_and_needs_no_network(answered_cells):
    assert complaints(answered_cells) == []


def test_with_the_answers_it_earns_all_points(answered_cells):
    *rows, total = final_check(answered_cells)
    assert len(rows) == len(EXERCISES)
    assert [row for row in rows if not row.endswith("passed")] == []
    assert total == "100 of 100  total"


def test_with_the_answers_every_figure_is_a_picture_also_in_the_page(answered, answered_cells):
    figures = figure_cells(answered_cells)
    without = [cell.source for cell in figures if "image/png" not in cell.outputs[0].data]
    assert len(figures) > 10
    assert without == []
    page = (answered / NOTEBOOK.with_suffix(".html").name).read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') >= len(figures)
    assert "100 of 100" in page


@pytest.mark.parametrize("address", ["192.0.2.1", "example.org"])
def test_the_network_is_really_out_of_reach(offline, address):
    code = f"import socket; socket.create_connection(({address!r}, 80), timeout=5)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=offline,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert f"no network in this test, not even {address}" in done.stderr
