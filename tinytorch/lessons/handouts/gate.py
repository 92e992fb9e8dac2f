"""What every handout has to pass before it is written, and how it gets to its place.

A handout is built in a temporary folder. There, in the format in which it is handed out, the
answer key has to earn all points and the untouched notebook none; and where students get it, the
answers must be nowhere in it. Only then is it moved to its place, and never over other files.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo, is_zipfile

MAX_SECONDS = 900  # that a grading program may take for the two notebooks


class HandoutError(ValueError):
    """A handout is not what it should be, so that nothing is written."""


class Earned(NamedTuple):
    """The points that a format's own grading gives."""

    key: float
    untouched: float
    worth: float  # how many there are


def require_points(name: str, earned: Earned) -> None:
    """Refuse a handout in which the key does not earn all points or the untouched notebook some.

    Args:
        name: of the format, for the message.
        earned: the points in it.

    Raises:
        HandoutError: if they are other ones.
    """
    if not (earned.key == earned.worth > 0 and earned.untouched == 0):
        raise HandoutError(
            f"{name}: nothing is written, as the answer key earns {earned.key:g} of "
            f"{earned.worth:g} points and the untouched notebook {earned.untouched:g}; expected "
            "all points and 0"
        )


def require_no_answers(folder: Path, answers: Sequence[str]) -> None:
    """Refuse a handout that holds an answer, also as JSON writes it or inside of archives.

    Args:
        folder: of the handout.
        answers: lines of the answer key.

    Raises:
        HandoutError: if a file has one of them; the message names both.
    """
    for path in sorted(folder.rglob("*")):
        for content in _contents(path.read_bytes()) if path.is_file() else ():
            for answer in answers:
                if answer.encode() in content or json.dumps(answer)[1:-1].encode() in content:
                    raise HandoutError(
                        f"nothing is written, as {path.relative_to(folder)} holds a line of the "
                        f"answer key: {answer!r}"
                    )


def _contents(content: bytes) -> Iterator[bytes]:
    """The content of a file, and of the files in it if it is an archive."""
    yield content
    if is_zipfile(io.BytesIO(content)):
        with ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from _contents(archive.read(name))


def graded(path: Path, library: Path) -> dict[str, Any]:
    """Grade a notebook by the command `tinytorch grade` of the library in a folder.

    Args:
        path: of the notebook.
        library: the folder that holds the package, as a wheel unpacks it.

    Returns:
        What `tinytorch grade --json` prints.

    Raises:
        HandoutError: if it could not be graded.
    """
    done = run(
        [sys.executable, "-m", "tinytorch", "grade", "--json", path], path.parent,
        PYTHONPATH=str(library),
    )  # fmt: skip
    results: dict[str, Any] = json.loads(done)
    return results


def run(command: Sequence[str | Path], folder: Path, **variables: str) -> str:
    """Run a program that grades.

    Args:
        command: the program and its arguments.
        folder: in which it runs.
        variables: of its environment, besides those of this process.

    Returns:
        What it printed.

    Raises:
        HandoutError: if it failed; the message has the end of what it said.
    """
    # Programs of this environment start others of it, such as nbgrader alembic.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    # One thread for NumPy: the products are small, and waiting threads take processor time.
    known = os.environ | {"PATH": path, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=known | variables,
        capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=MAX_SECONDS,
    )  # fmt: skip
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise HandoutError(f"nothing is written, as {Path(command[0]).name} failed:\n{said}")
    return done.stdout


def pack(folder: Path, archive: Path) -> None:
    """Put the files of a folder into a zip file; the same files give the same zip file.

    Args:
        folder: whose files.
        archive: where the zip file is to be.
    """
    with ZipFile(archive, "w") as file:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = ZipInfo(path.relative_to(folder).as_posix())
            info.compress_type = ZIP_DEFLATED
            info.external_attr = (0o755 if is_program(path) else 0o644) << 16
            file.writestr(info, path.read_bytes())


def is_program(path: Path) -> bool:
    """Whether a file begins with the line that names its interpreter."""
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def targets(built: Path, target: Path, overwrite: bool) -> dict[Path, Path]:
    """Where the files of a handout are to be.

    Args:
        built: a folder, or one file.
        target: the folder, or the file.
        overwrite: whether files that differ may be replaced.

    Returns:
        For each path the file that is to be there.

    Raises:
        FileExistsError: if a file is there with other content, and overwrite is False.
    """
    if built.is_file():
        files = {target: built}
    else:
        found = sorted(path for path in built.rglob("*") if path.is_file())
        files = {target / path.relative_to(built): path for path in found}
    other = [path for path, new in files.items() if os.path.lexists(path) and not _same(path, new)]
    if other and not overwrite:
        names = ", ".join(map(str, other[:3])) + (" and more" if len(other) > 3 else "")
        raise FileExistsError(
            f"{names}: there already with other content, perhaps somebody's work: choose another "
            "place, or ask to overwrite"
        )
    return files


def place(files: Mapping[Path, Path]) -> list[Path]:
    """Copy the files of a handout to where they are to be.

    Args:
        files: what `targets` gave.

    Returns:
        The paths of the files.
    """
    for path, new in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(new, path)
        if is_program(path):
            path.chmod(0o755)
    return list(files)


def _same(path: Path, other: Path) -> bool:
    return path.is_file() and path.read_bytes() == other.read_bytes()
