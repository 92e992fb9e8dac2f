"""Takes IPython's magics out of a cell, so that it can be parsed as Python.

What only IPython understands becomes `pass` or `None`, at the same place:

    %matplotlib inline      pass
    files = !ls             files = None
    np.rint?                pass

A module that `%%writefile helper.py` writes is made by a call, and `%run helper.py` imports all
that is in it. These are magics only where a statement starts, so strings and brackets are stepped
over. The first line of a cell may hold a cell magic: `%%time` and its like run the rest as Python,
`%%bash` and its like do not.
"""

from __future__ import annotations

import re

from tinytorch.grading.sandbox.inside.notebook import WRITTEN

# Their cells are in another language, run in a process or namespace of their own, or not at all.
FOREIGN = frozenset(
    [
        *("!", "R", "bash", "cmd", "cython", "file", "html", "javascript", "js", "latex"),
        *("markdown", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh"),
        *("sql", "svg", "sx", "system", "timeit", "writefile"),
    ]
)
WRITE_FILE = re.compile(r"\s*%%(?:write)?file[ \t]+(?:-a[ \t]+)?[\"']?(\w+)\.py[\"']?[ \t]*\n")
RUN_FILE = re.compile(r"%run[ \t]+(?:-\w+[ \t]+)?[\"']?(\w+)(?:\.py)?[\"']?[ \t]*(?=\n|\Z)")
CELL_MAGIC = re.compile(r"\s*%%(!|\w*)[^\n]*")
# No two parts of it can share what they match, or else long lines would take quadratic time.
LINE_MAGIC = re.compile(
    r"(?P<indent>[ \t]*)(?![ \t])(?:"
    r"[%!?](?:\\\n|[^\n])*"  # %magic, !command, ?name
    r"|[%\w.*\[\]]+\?\??[ \t]*(?:#[^\n]*)?(?=\n|\Z)"  # name?
    r"|(?P<target>[^\s=!%#'\"][^\n=!%#'\"]*=)[ \t]*[%!](?:\\\n|[^\n])*"  # name = !command
    r")"
)
QUOTE_BRACKET_OR_END = re.compile(r"""\"{3}|'{3}|["']|\#[^\n]*|[()\[\]{}]|\\\n|\n""")
CLOSING = {
    '"': re.compile(r'(?:\\.|[^"\\\n])*"', re.DOTALL),
    "'": re.compile(r"(?:\\.|[^'\\\n])*'", re.DOTALL),
    '"""': re.compile(r'(?:\\.|[^\\])*?"{3}', re.DOTALL),
    "'''": re.compile(r"(?:\\.|[^\\])*?'{3}", re.DOTALL),
}


def without_magics(source: str) -> str:
    r"""Replace magics, and take away indentation that the whole cell has.

    Args:
        source: a cell whose lines end with "\n".

    Returns:
        Python, if the rest of the cell is that, with as many lines; "" for cells that are not
        Python at all.

    Example:
        >>> without_magics("%matplotlib inline\nhere = !pwd\n")
        'pass\nhere = None\n'
        >>> without_magics("%%bash\nls")
        ''
    """
    if file := WRITE_FILE.match(source):
        line = source.count("\n", 0, file.start(1)) * "\n"
        return f"{line}{file[1]} = {WRITTEN}({file[1]!r}, {source[file.end() :]!r})"
    place = 0
    while magic := CELL_MAGIC.match(source, place):
        if magic[1] in FOREIGN:
            return ""
        place = magic.end()
    source = _dedented("\n" * source.count("\n", 0, place) + source[place:])
    parts, place = [], 0
    while place < len(source):
        if magic := LINE_MAGIC.match(source, place):
            made = f"{magic['target']} None" if magic["target"] else "pass"
            if run := RUN_FILE.match(source, magic.end("indent")):
                made = f"from {run[1]} import *"
            parts.append(f"{magic['indent']}{made}")
            parts.append("\n" * magic[0].count("\n"))
            place = magic.end()
        end = _end_of_logical_line(source, place)
        parts.append(source[place:end])
        place = end
    return "".join(parts)


def _dedented(source: str) -> str:
    indent = re.match(r"(?:[ \t]*\n)*([ \t]*)", source)
    if indent is None or not indent[1]:
        return source
    return re.sub(rf"^{indent[1]}", "", source, flags=re.MULTILINE)


def _end_of_logical_line(source: str, place: int) -> int:
    """Where the next statement may start: after a newline outside of strings and brackets."""
    depth = 0
    while found := QUOTE_BRACKET_OR_END.search(source, place):
        token, place = found[0], found.end()
        if token in CLOSING:
            closed = CLOSING[token].match(source, place)
            if closed is None:
                break  # it does not parse anyway
            place = closed.end()
        elif token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        elif token == "\n" and depth == 0:
            return place
    return len(source)
