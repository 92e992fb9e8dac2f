"""Arrays in one uncompressed .npz file: written atomically, read without trust.

`numpy.load` opens such a file too. Reading it here evaluates no pickle, checks each array's header
before its data, and asks for no more memory than the array has bytes in the file.
"""

from __future__ import annotations

import errno
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.system import regular_file, replacing
from tinytorch.perf.quantization.parallel import blocks

MAX_PART_BYTES = 1 << 18  # read at a time

Array = NDArray[Any]


def write_arrays(path: Path, arrays: dict[str, Array]) -> None:
    """Write arrays to a file by name, replacing the file only once the new one is complete.

    The same arrays give the same bytes.

    Args:
        path: where to write.
        arrays: arrays of numbers, of any shape.

    Raises:
        OSError: if the file cannot be written; an old file of that name is then still there.
    """
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            # ZipInfo's date is fixed; with the system fixed too (3 is Unix), the same
            # model gives the same bytes everywhere.
            info = zipfile.ZipInfo(f"{name}.npy")
            info.create_system = 3
            info.file_size = array.nbytes + 1024  # above 2 GiB it needs the Zip64 format
            with archive.open(info, "w") as member:
                np.lib.format.write_array(  # type: ignore[no-untyped-call]
                    member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False
                )


@contextmanager
def reading(path: Path) -> Iterator[ArrayReader]:
    """Open a file of arrays; any ValueError raised inside names the file.

    Raises:
        ValueError: if the file is not such an archive, or damaged.
        OSError: if the file cannot be read.
    """
    with regular_file(path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        try:
            with zipfile.ZipFile(file) as archive:
                yield ArrayReader(archive, size)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, struct.error) as error:
            # zipfile raises NotImplementedError for what it cannot read, such as encryption.
            problem = str(error) or "it ends early"
            raise ValueError(
                f"{path} is not a tinytorch model file, or it is damaged: {problem}"
            ) from error
        except OSError as error:
            # zipfile seeks wherever the file points, even to before its start.
            if error.errno != errno.EINVAL:
                raise
            raise ValueError(
                f"{path} is not a tinytorch model file, or it is damaged: an entry lies outside it"
            ) from error
        except ValueError as error:
            raise ValueError(f"{path} is not a valid tinytorch model file: {error}") from error


class ArrayReader:
    """The arrays of an open archive, each checked against its header before it is read.

    Args:
        archive: the open file.
        file_size: its bytes.

    Attributes:
        unread: what was not read yet, by name.

    Raises:
        ValueError: if entries are compressed, encrypted, doubled, or larger than the file.
    """

    def __init__(self, archive: zipfile.ZipFile, file_size: int) -> None:
        infos = archive.infolist()
        self._archive = archive
        self.unread = {info.filename.removesuffix(".npy"): info for info in infos}
        if len(self.unread) != len(infos):
            raise ValueError("two entries have the same name")
        for info in infos:
            plain = info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1
            if not plain or info.file_size != info.compress_size:
                raise ValueError(f"entry {info.filename} is compressed or encrypted")
        if sum(info.file_size for info in infos) > file_size:
            raise ValueError("the entries claim more bytes than the file has")

    def read(self, name: str, dtype: type[np.generic], ndim: int) -> Array:
        """Read an array that must have this dtype and number of axes.

        Raises:
            ValueError: if it is missing or does not fit.
        """
        info = self.unread.pop(name, None)
        if info is None:
            raise ValueError(f"entry {name}.npy is missing")
        with self._archive.open(info) as member:
            try:
                if np.lib.format.read_magic(member) != (1, 0):  # type: ignore[no-untyped-call]
                    raise ValueError("it has another version")
                shape, fortran_order, found = np.lib.format.read_array_header_1_0(member)  # type: ignore[no-untyped-call]
            except ValueError as error:
                raise ValueError(
                    f"entry {name}.npy does not begin as a saved array of numbers: {error}"
                ) from None
            if found != np.dtype(dtype) or fortran_order:
                raise ValueError(
                    f"entry {name}.npy should hold {np.dtype(dtype)} in C order, has dtype "
                    f"{found.str!r} with fortran_order {fortran_order}"
                )
            if len(shape) != ndim or min(shape, default=0) < 1:
                raise ValueError(
                    f"entry {name}.npy should have {ndim} axes and some elements, has shape {shape}"
                )
            expected, there = np.dtype(dtype).itemsize, info.file_size - member.tell()
            for length in shape:
                expected *= length
            if expected != there:
                raise ValueError(
                    f"entry {name}.npy has shape {shape}, which takes {expected} bytes, "
                    f"but holds {there}"
                )
            array = np.empty(shape, dtype)
            view = array.reshape(-1).view(np.uint8).data
            # zipfile copies what it reads, so a part at a time keeps that copy small.
            for part in blocks(0, expected, MAX_PART_BYTES):
                if member.readinto(view[part]) != len(view[part]):  # type: ignore[attr-defined]
                    raise EOFError(f"entry {name}.npy ends early")
            member.read(1)  # asking for more than there is makes zipfile compare the checksum
        return array
