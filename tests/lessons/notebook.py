"""The lesson's notebook: where it is, what its cells are, and running it in a kernel."""

import os
import re
from pathlib import Path

import jupytext
import nbformat
from lessons.in_jupyter.binder import ROOT
from nbclient import NotebookClient
from samples import KEY

LESSON = Path("modules/15_quantization/15_quantization.ipynb")
NOTEBOOK = ROOT / LESSON
SCRIPT = NOTEBOOK.with_suffix(".py")

# A kernel that imports this first reaches its own machine and no other.
NO_NETWORK = """
import sys


def refuse(event, arguments):
    host = None
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    if isinstance(host, bytes):
        host = host.decode()
    if host and host not in ("localhost", "::1") and not host.startswith("127."):
        raise ConnectionRefusedError(f"no network in this test, not even {host}")


sys.addaudithook(refuse)
"""


def answers() -> dict[str, str]:
    """The source of the answer key's cell for every exercise."""
    key = jupytext.read(KEY, fmt="py:percent")
    return {c.metadata["exercise"]: c.source for c in key.cells if "exercise" in c.metadata}


def exercise_index(notebook, exercise: str) -> int:
    """The position of an exercise's cell in a notebook."""
    found = [i for i, c in enumerate(notebook.cells) if c.metadata.get("exercise") == exercise]
    assert len(found) == 1, f"{exercise} has {len(found)} cells"
    return found[0]


def shows_figure(cell) -> bool:
    """Whether a cell is one that draws a figure."""
    is_code = cell.cell_type == "code"
    return is_code and bool(re.search(r"(?m)^experiments\.", cell.source))


def without_network(folder: Path) -> dict[str, str]:
    """Environment variables of a Python process that cannot reach the network."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    return os.environ | {"PYTHONPATH": str(folder), "IPYTHONDIR": str(folder / "ipython")}


def execute(path: Path, variables: dict[str, str]):
    """Run a notebook from top to bottom in a kernel that starts in its folder."""
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=120, allow_errors=True, resources=place)
    return client.execute(env=variables)
