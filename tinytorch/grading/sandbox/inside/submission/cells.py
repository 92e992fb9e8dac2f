"""Cuts what a student handed in into code cells. Nothing is executed, and any file is survived.

A notebook is plain JSON, so it is read as that: whatever its format number says, a code cell is an
entry of type "code" with a source. Everything else in it (outputs, ids, metadata) is ignored. A
script is cut at its percent markers (`# %%`), as jupytext and editors do, or at the markers that
`jupyter nbconvert` leaves (`# In[3]:`); without markers it is one cell. Markers inside strings
are not told from others.

`definitions` chooses from the cells what has to be executed.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

TEXT = 0  # the number of cells that hold text
MAX_CELLS = 20_000
MAX_LABEL = 40  # characters of the line that a cell begins with
MAX_SOURCE_LENGTH = 5_000_000  # characters in all code cells together
SCRIPTS = (".py", ".txt")

MARKER = re.compile(r"^#[ \t]*(?:%%+(?:[ \t]+(?P<title>.*))?|In[ ]?\[[ \d]*\]:.*)$", re.MULTILINE)
PROSE = re.compile(r"\[(?:markdown|md|raw)\]")


class UnreadableSubmissionError(ValueError):
    """A file is not a submission; the message is one sentence that says why."""


class Cell(NamedTuple):
    """A cell; code cells are numbered from 1 in the order of the file, whether run or not."""

    number: int
    source: str

    @property
    def name(self) -> str:
        """What it is called, in tracebacks too. Jupyter numbers cells as they are run."""
        return f"code cell {self.number}"

    @property
    def label(self) -> str:
        """Its name and how it begins, so that it is found in a notebook."""
        lines = (line.strip() for line in self.source.split("\n"))
        first = next((line for line in lines if line and line[0] not in "#%"), "")
        cut = first if len(first) <= MAX_LABEL else f"{first[:MAX_LABEL]}..."
        return f"{self.name} (`{cut}`)" if first else self.name


def cells_of(content: bytes, ending: str) -> list[Cell]:
    r"""Cut the content of a notebook or script into cells.

    Args:
        content: of the file. What starts with a brace is taken for a notebook.
        ending: of the file's name, such as ".ipynb".

    Returns:
        The code cells, at least one, and after them the cells of text; lines end with "\n".

    Raises:
        UnreadableSubmissionError: if there is nothing to read, or it is not a submission.
    """
    text = _decoded(content)
    if not text or text.isspace():
        raise UnreadableSubmissionError("the file is empty")
    if ending.lower() == ".ipynb" or text[:100].lstrip().startswith("{"):
        sources, texts = _sources_of_notebook(text)
    elif ending.lower() in SCRIPTS:
        sources, texts = _sources_of_script(text), []
    else:
        raise UnreadableSubmissionError(
            "the file is neither a notebook (.ipynb) nor a Python script (.py)"
        )
    if not sources:
        raise UnreadableSubmissionError("the file has no code cells")
    if len(sources) > MAX_CELLS:
        raise UnreadableSubmissionError(
            f"the file has {len(sources):,} code cells; at most {MAX_CELLS:,} are read"
        )
    size = sum(map(len, [*sources, *texts]))
    if size > MAX_SOURCE_LENGTH:
        raise UnreadableSubmissionError(
            f"the cells hold {size:,} characters; at most {MAX_SOURCE_LENGTH:,} are read"
        )
    cells = [Cell(number, _unix(source)) for number, source in enumerate(sources, start=1)]
    return cells + [Cell(TEXT, _unix(source)) for source in texts]


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _sources_of_notebook(text: str) -> tuple[list[str], list[str]]:
    """The sources of code cells, and those of all others."""
    try:
        # int() takes quadratic time or an exception for a number of a million digits.
        notebook = json.loads(text, parse_int=float)
    except json.JSONDecodeError as error:
        if text[:100].lstrip().startswith("<"):
            raise UnreadableSubmissionError(
                "the file is a web page; download the notebook itself"
            ) from None
        raise UnreadableSubmissionError(
            f"the file is not a notebook: it is not JSON at line {error.lineno} ({error.msg})"
        ) from None
    except RecursionError:
        raise UnreadableSubmissionError(
            "the file is not a notebook: it is nested too deeply"
        ) from None
    entries = _list(notebook, "cells")
    for sheet in _list(notebook, "worksheets"):  # nbformat 3
        entries += _list(sheet, "cells")
    code: list[str] = []
    texts: list[str] = []
    for cell in entries:
        if isinstance(cell, dict):
            chosen = code if cell.get("cell_type") == "code" else texts
            chosen.append(_joined(cell.get("source", cell.get("input"))))
    return code, texts


def _list(parent: Any, key: str) -> list[Any]:
    value = parent.get(key) if isinstance(parent, dict) else None
    return list(value) if isinstance(value, list) else []


def _joined(source: Any) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _sources_of_script(text: str) -> list[str]:
    text = _unix(text)
    markers = list(MARKER.finditer(text))
    if not markers:
        return [text]
    before = text[: markers[0].start()]
    # The header of jupytext, a line of nbconvert's, or code above the first marker?
    lines = [line.strip() for line in before.split("\n")]
    sources = [before] if any(line and not line.startswith("#") for line in lines) else []
    ends = [marker.start() for marker in markers[1:]] + [len(text)]
    for marker, end in zip(markers, ends, strict=True):
        if not PROSE.search(marker["title"] or ""):
            sources.append(text[marker.end() + 1 : end])
    return sources
