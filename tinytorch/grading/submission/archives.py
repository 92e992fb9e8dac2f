"""Unpacks the zip file of a class, and those of students within it, whatever they hold.

Its entries get names and sizes that harm nobody: `..`, absolute paths and drives are cut off, links
are not made, and what is too large stays empty. That costs its student, and never the class.
"""

from __future__ import annotations

import errno
import lzma
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tinytorch.grading.submission.reading import MAX_FILE_BYTES
from tinytorch.grading.submission.zip_names import decoded_names

MAX_CLASS_BYTES = 4_000_000_000  # of all that a zip file unpacks to
MAX_ENTRIES = 100_000
MAX_DIRECTORY_BYTES = 20_000_000  # of the list of entries of a student's zip file
MAX_DEPTH = 8  # of folders within folders
SMALL_BYTES, MAX_RATIO = 10_000_000, 200  # larger files may not be packed more than that many times


class RefusedEntryError(ValueError):
    """An entry of a zip file is not unpacked; the message says why."""


# What zipfile raises: passwords, unknown methods, wrong sums and sizes, damaged data.
UNREADABLE = (RuntimeError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


@dataclass
class Room:
    """How much a zip file, and those within it, may still unpack to."""

    bytes: int
    entries: int


def room() -> Room:
    """The limits for a class."""
    return Room(MAX_CLASS_BYTES, MAX_ENTRIES)


def unpack(source: Path, folder: Path, left: Room) -> dict[Path, str]:
    """Unpack the zip file of a class.

    Args:
        source: the zip file.
        folder: where its files are written.
        left: the limits; what is unpacked is taken from them.

    Returns:
        The files that are empty because their entries could not be unpacked, and why.

    Raises:
        OSError: if files cannot be written.
        ValueError: if it is not a zip file, or has too many entries.
    """
    return _unpack(source, folder, left, lambda name: True)


def unpack_within(
    source: Path, folder: Path, left: Room, wanted: Callable[[str], bool]
) -> dict[Path, str]:
    """Unpack the zip file of a student, of which only some entries are wanted, chosen by name.

    Otherwise as `unpack`; such a file may not list its entries at too great a length.
    """
    with source.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 66_000))
        tail = file.read()
    end = tail.rfind(b"PK\5\6")  # the end of central directory record, with its size at byte 12
    if end < 0:
        raise ValueError(f"{source.name} is not a zip file")
    if int.from_bytes(tail[end + 12 : end + 16], "little") > MAX_DIRECTORY_BYTES:
        raise ValueError(f"{source.name} has too many entries")
    return _unpack(source, folder, left, wanted)


def _unpack(
    source: Path, folder: Path, left: Room, wanted: Callable[[str], bool]
) -> dict[Path, str]:
    problems: dict[Path, str] = {}
    try:
        with zipfile.ZipFile(source) as archive:
            files = [each for each in archive.infolist() if not each.is_dir()]
            named = list(zip(files, decoded_names(files), strict=True))
            entries = [(entry, name) for entry, name in named if wanted(name)]
            left.entries -= len(entries)
            if left.entries < 0:
                raise ValueError(f"{source} has over {MAX_ENTRIES:,} entries")
            # The smallest first: what is too much is the fault of those who handed in the most.
            for entry, name in sorted(entries, key=lambda each: each[0].file_size):
                path = _place(folder, name)
                try:
                    if entry.file_size > left.bytes:
                        raise RefusedEntryError(
                            f"all files together unpack to over {MAX_CLASS_BYTES:,} bytes"
                        )
                    left.bytes -= _write(archive, entry, path)
                except (*UNREADABLE, OSError) as error:
                    full = isinstance(error, OSError) and error.errno
                    if full and full != errno.ENOSPC:  # of the disk, not of the data
                        raise
                    path.write_bytes(b"")
                    problems[path] = f"the file cannot be unpacked: {error}"
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise ValueError(f"{source} is neither a folder nor a zip file: {error}") from None
    return problems


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> int:
    """Write an entry to a file; returns its size."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise RefusedEntryError("it is a link or a device")
    size = 0
    with archive.open(entry) as packed, path.open("xb") as file:
        while part := packed.read(1 << 20):  # what the zip file says of the size may be wrong
            size += len(part)
            if size > MAX_FILE_BYTES or size > max(SMALL_BYTES, MAX_RATIO * entry.compress_size):
                raise RefusedEntryError("it is too large for its packed size, or for a notebook")
            file.write(part)
    return size


def _place(folder: Path, name: str) -> Path:
    """A new path in a folder, whatever the name is; its folders are made."""
    parts = [
        "".join(
            letter if letter.isprintable() and letter not in '<>:"|?*' else "_" for letter in part
        )
        for part in name.replace("\\", "/").split("/")
        if part.strip(". ")
    ] or ["nameless"]
    parts = [*parts[: MAX_DEPTH - 1], parts[-1]] if len(parts) > MAX_DEPTH else parts
    *above, last = [_shortened(part) for part in parts]
    for number in count(2):
        path = folder.joinpath(*above, last)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                return path
        except (FileExistsError, NotADirectoryError):  # a file has the name of a folder
            above = [f"{above[0]} ({number})", *above[1:]]
            continue
        last = f"{Path(parts[-1]).stem[:50]} ({number}){Path(parts[-1]).suffix[:10]}"
    raise AssertionError("numbers do not end")


def _shortened(part: str) -> str:
    """A name that every file system takes: at most 255 bytes."""
    part = part.encode("utf-8", "replace").decode()
    return part if len(part.encode()) <= 200 else f"{part[:45]}{Path(part).suffix[-10:]}"
