"""Reading a file that a test has made."""

import json

import pytest
from grading.submission.cells import read_cells


@pytest.fixture
def read(tmp_path):
    """Write a file and read it; gives the sources of its cells."""

    def written_and_read(content, name="x.ipynb"):
        if isinstance(content, dict):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode()
        path = tmp_path / name
        path.write_bytes(content)
        cells = read_cells(path)
        assert [cell.number for cell in cells] == list(range(1, len(cells) + 1))
        return [cell.source for cell in cells]

    return written_and_read
