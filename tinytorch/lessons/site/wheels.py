"""Wheels of what is installed here, for the Python of a browser.

A site needs the library as it is, and pytest, Jinja2 and a few more, which Pyodide either lacks or
has too old. All of them are installed where `check` works, so that their files are put into wheels
again: nothing is downloaded or built, and a clone and an installed package give the same wheel.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tinytorch.core.system import optional
from tinytorch.grading.course import FOLDER as COURSE
from tinytorch.grading.course import KINDS, Course, test_names
from tinytorch.grading.lesson import Lesson
from tinytorch.lessons.folders import LESSONS, PACKAGE, module_folder

LIBRARY = "tinytorch"
# What check needs beside NumPy and what Pyodide has, and (comm) what JupyterLite's kernel needs.
PACKAGES = ("pytest", "pluggy", "iniconfig", "jinja2", "markupsafe", "comm")

# Of the metadata, what belongs into a wheel; the rest says how and from where it was installed.
METADATA = ("METADATA", "entry_points.txt", "top_level.txt")
# Without its compiled modules, MarkupSafe uses those in Python that lie beside them.
COMPILED = (".so", ".pyd", ".dylib", ".c", ".pyc")
WHEEL = b"Wheel-Version: 1.0\nGenerator: tinytorch\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheels(folder: Path) -> list[Path]:
    """Write the wheels of the library and of PACKAGES into a folder.

    Args:
        folder: where they are to be; it exists.

    Returns:
        Their paths, the library's first.

    Raises:
        ImportError: if one of the packages is not installed, or not by pip.
    """
    wheels = [write_library(folder)]
    for name in PACKAGES:
        package = _installed(name)
        wheels.append(
            _write_wheel(folder, package, _package_files(package) | _metadata_files(package))
        )
    return wheels


def write_library(
    folder: Path, lesson: Lesson | None = None, with_hidden_tests: bool = False
) -> Path:
    """Write the wheel of the library, which holds the lessons and neither tests nor answer keys.

    Args:
        folder: where it is to be; it exists.
        lesson: whose course takes the place of the one that is installed, if it has one.
        with_hidden_tests: whether the wheel is for a grader; students do not get hidden tests.

    Returns:
        Its path.

    Raises:
        ImportError: if the library was not installed by pip.
    """
    library = _installed(LIBRARY)
    files = _library_files() | _metadata_files(library)
    if lesson is not None and lesson.course_folder is not None:
        place = f"{LIBRARY}/modules/{lesson.name}/{COURSE}"
        files = {name: content for name, content in files.items() if not name.startswith(place)}
        own = [path for path in sorted(lesson.course_folder.iterdir()) if path.is_file()]
        files |= {f"{place}/{path.name}": path.read_bytes() for path in own}
        if not with_hidden_tests and lesson.course.points:
            files[f"{place}/points.csv"] = _points_without_hidden_tests(lesson.course)
    hidden = f"/{COURSE}/{KINDS[1]}_"
    return _write_wheel(folder, library, {
        name: content for name, content in files.items()
        if with_hidden_tests or hidden not in name
    })  # fmt: skip


def _points_without_hidden_tests(course: Course) -> bytes:
    """A points.csv that names only tests which students have: others are refused as unknown."""
    hidden = {name for path in course.hidden_tests for name in test_names(path)}
    lines = [f"{name},{points}" for name, points in course.points.items() if name not in hidden]
    return "\n".join(["test,points", *lines, ""]).encode()


def _installed(name: str) -> Distribution:
    with optional(name, "site", "a site"):
        found = distribution(name)
    if not found.files:
        raise ImportError(
            f"a site needs the files of {name}, and there is no list of them: install it by pip"
        )
    return found


def _library_files() -> dict[str, bytes]:
    """The library, and the lessons where a wheel has them: inside of the package."""
    folders = {LIBRARY: PACKAGE}
    folders |= {f"{LIBRARY}/modules/{name}": module_folder(name) for name in LESSONS}
    return {
        f"{place}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for place, folder in folders.items()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_cache(path.relative_to(folder))
    }


def _is_cache(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _package_files(package: Distribution) -> dict[str, bytes]:
    """The files of a package, without programs outside of its folder and without metadata."""
    return {
        path.as_posix(): path.read_binary()
        for path in package.files or ()
        if ".." not in path.parts
        and path.suffix not in COMPILED
        and not path.parts[0].endswith(".dist-info")
    }


def _metadata_files(package: Distribution) -> dict[str, bytes]:
    """The metadata of a package, with its licences."""
    return {
        "/".join((_metadata_folder(package), *path.parts[1:])): path.read_binary()
        for path in package.files or ()
        if path.parts[0].endswith(".dist-info")
        and (path.name in METADATA or "licenses" in path.parts or path.name.startswith("LICENSE"))
    }


def _stem(package: Distribution) -> str:
    """How the names of a wheel and of the folder with its metadata begin."""
    return f"{package.metadata['Name'].replace('-', '_').lower()}-{package.version}"


def _metadata_folder(package: Distribution) -> str:
    return f"{_stem(package)}.dist-info"


def _write_wheel(folder: Path, package: Distribution, files: Mapping[str, bytes]) -> Path:
    """Write a wheel (packaging.python.org: "Binary distribution format") for any machine.

    Times are left at 1980, so that the same files give the same wheel.
    """
    info = _metadata_folder(package)
    files = dict(sorted({**files, f"{info}/WHEEL": WHEEL}.items()))
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    wheel = folder / f"{_stem(package)}-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return wheel


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
