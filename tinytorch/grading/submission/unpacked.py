"""Folders and zip files as one: what zip files hold is unpacked, and deleted in the end."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import TracebackType

from tinytorch.grading.submission.archives import room, unpack, unpack_within
from tinytorch.grading.submission.choice import ENDINGS, INSTALLED
from tinytorch.grading.submission.reading import MAX_FILE_BYTES

UNPACKED = ".unpacked-"
HIDDEN = ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")


def is_hidden(name: str) -> bool:
    """Whether systems and editors leave such a file or folder beside others."""
    return name.startswith(".") or name in HIDDEN


def entries_of(folder: Path) -> list[Path]:
    """What is in a folder, sorted, without what systems and editors leave there."""
    return sorted(each for each in folder.iterdir() if not is_hidden(each.name))


class Unpacked:
    """The zip file of a class, and those of students in it or in a folder, unpacked.

    Args:
        results: a folder in which they are unpacked; that of the system by default.

    Attributes:
        problems: files that are empty, or zip files that are not unpacked, and why.
    """

    def __init__(self, results: Path | None) -> None:
        self.problems: dict[Path, str] = {}
        self._results = results
        self._left = room()
        self._stack = ExitStack()
        self._folders: dict[Path, Path] = {}  # by zip file
        self._zip_files: dict[Path, Path] = {}  # by folder

    def __enter__(self) -> Unpacked:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def whole_class(self, source: Path) -> Path:
        """Unpack the zip file of a class; the errors are those of `archives.unpack`."""
        folder = self._new_folder()
        self.problems |= unpack(source, folder, self._left)
        return folder

    def opened(self, zip_file: Path) -> Path | None:
        """Unpack a student's zip file; None, and a problem, if that cannot be done."""
        if zip_file not in self._folders and zip_file not in self.problems:
            try:
                if zip_file.is_symlink() or not zip_file.is_file():
                    raise ValueError("it is a link or no file")
                if zip_file.stat().st_size > MAX_FILE_BYTES:
                    raise ValueError(f"it has over {MAX_FILE_BYTES / 1e6:,.0f} MB")
                folder = self._new_folder()
                self.problems |= unpack_within(zip_file, folder, self._left, _is_wanted)
                self._folders[zip_file], self._zip_files[folder] = folder, zip_file
            except (OSError, ValueError) as error:
                self.problems[zip_file] = f"the zip file cannot be opened: {error}"
        return self._folders.get(zip_file)

    def entries(self, folder: Path) -> list[Path]:
        """What is in a folder, without hidden files; a folder that nobody may read is empty."""
        try:
            return entries_of(folder)
        except OSError:  # it costs its student only
            return []

    def place(self, path: Path, top: Path) -> str:
        """The path of a file within the folder or zip file of the class."""
        for folder in path.parents:
            if zip_file := self._zip_files.get(folder):
                return f"{self.place(zip_file, top)}/{path.relative_to(folder).as_posix()}"
        return path.relative_to(top).as_posix()

    def _new_folder(self) -> Path:
        made = tempfile.TemporaryDirectory(prefix=UNPACKED, dir=self._results)
        return Path(self._stack.enter_context(made))


def _is_wanted(name: str) -> bool:
    """Whether an entry of a student's zip file could be the submission."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.suffix.lower() in ENDINGS and not any(
        is_hidden(part) or part in INSTALLED for part in path.parts if part != ".."
    )
