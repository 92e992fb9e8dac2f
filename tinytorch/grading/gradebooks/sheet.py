r"""A table in a text file, of which single cells are changed and everything else stays as it is.

What platforms export differs in encoding, separator, quotation marks and ends of lines, and they
take back what they know. So cells are kept as they are written; a changed one is quoted if it was.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from tinytorch.core import system

MAX_SHEET_BYTES = 100_000_000
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
SEPARATORS = "\t;,"


class Sheet:
    """A table, whose first row has the titles of the columns.

    Args:
        content: of the file.
        name: what errors call it.

    Raises:
        ValueError: if it is empty, or a quotation mark is not closed.
    """

    def __init__(self, content: bytes, name: str = "the table") -> None:
        self.name = name
        self._encoding = _encoding(content)
        text = content.decode(self._encoding)  # the mark of the byte order is a character of it
        first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
        self._separator = max(SEPARATORS, key=first.count)
        self._rows, self._ends = self._split(text)
        if not text.strip("\ufeff\r\n\t ;,"):
            raise ValueError(f"{name} is empty, where titles of columns were expected")

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Read a file.

        Raises:
            OSError: if it cannot be read.
            ValueError: if it is not a table, such as a file of Excel.
        """
        if system.regular_file(path).stat().st_size > MAX_SHEET_BYTES:
            raise ValueError(f"{path} has over {MAX_SHEET_BYTES:,} bytes")
        content = path.read_bytes()
        if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            raise ValueError(f"{path} is a workbook, where a text was expected: save it as CSV")
        return cls(content, str(path))

    def write(self, path: Path) -> None:
        """Write a file as a whole."""
        with system.replacing(path) as file:
            file.write(self.content())

    def content(self) -> bytes:
        """The table as bytes; what was not changed is as it was."""
        rows = zip(self._rows, self._ends, strict=True)
        text = "".join(self._separator.join(cells) + end for cells, end in rows)
        return text.encode(self._encoding)

    @property
    def titles(self) -> list[str]:
        """The titles of the columns."""
        return [self.cell(0, column) for column in range(len(self._rows[0]))]

    def __len__(self) -> int:
        return len(self._rows)

    def cell(self, row: int, column: int) -> str:
        """The text of a cell; "" where a row is too short."""
        cells = self._rows[row]
        text = cells[column].lstrip("\ufeff").strip() if column < len(cells) else ""
        return text[1:-1].replace('""', '"') if text[:1] == '"' == text[-1:] else text

    def put(self, row: int, column: int, text: str) -> None:
        """Change a cell."""
        cells = self._rows[row]
        cells += [""] * (column + 1 - len(cells))
        needs = cells[column].startswith('"') or any(
            each in text for each in f'{self._separator}"\n'
        )
        cells[column] = '"{}"'.format(text.replace('"', '""')) if needs else text

    def _split(self, text: str) -> tuple[list[list[str]], list[str]]:
        separator = re.escape(self._separator)
        cell = re.compile(rf'((?:"[^"]*"|[^{separator}\r\n"])*)({separator}|\r\n|\n|\r|\Z)')
        rows: list[list[str]] = [[]]
        ends, position = [], 0
        while True:
            match = cell.match(text, position)
            if match is None:
                raise ValueError(f"row {len(rows)} of {self.name} has a quotation mark too many")
            position = match.end()
            rows[-1].append(match[1])
            if match[2] != self._separator:
                ends.append(match[2])
                if position == len(text):
                    return rows, ends
                rows.append([])


def _encoding(content: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return encoding
    for encoding in ("utf-8", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"
