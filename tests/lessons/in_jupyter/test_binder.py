"""Binder: the lesson opens first and runs there, and the answers are not there."""

import nbformat
from lessons.in_jupyter.binder import ANSWER, ROOT, places_with
from lessons.notebook import LESSON


def test_the_answer_key_is_in_the_repository_and_not_in_binders_image(environment):
    # That the search finds the key where it is makes its silence worth something.
    assert places_with(ANSWER, ROOT / "tests" / "submissions")
    (installed,) = environment.virtual.rglob("site-packages/tinytorch")
    assert (installed / LESSON.parent).is_dir()
    assert places_with(ANSWER, environment.repository, installed) == []
    assert not (environment.repository / "tests").exists()
    assert not (environment.repository / ".git").exists()


def test_the_servers_address_leads_to_the_notebook_in_jupyterlab(server):
    address, page = server.open("/")
    assert address == f"{server.url}/lab/tree/{LESSON.as_posix()}"
    assert b"jupyter-config-data" in page


def test_the_untouched_notebook_runs_through_the_server(server):
    content = server.ask(f"contents/{LESSON.as_posix()}")["content"]
    cells = [cell for cell in nbformat.from_dict(content).cells if cell.cell_type == "code"]
    with server.kernel(LESSON.as_posix()) as kernel:
        answers = {cell.id: kernel.run(cell.source) for cell in cells}
    messages = [message for answer in answers.values() for message in answer]
    assert [m["content"] for m in messages if m["msg_type"] == "error"] == []
    results = [m["content"]["data"] for m in messages if m["msg_type"] == "execute_result"]
    assert any("image/png" in data for data in results)
    assert "0 of 100  total" in results[-1]["text/plain"]
