"""What `release --site` writes, and what it refuses."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from zipfile import ZipFile, is_zipfile

import nbformat
import pytest
from lessons.in_jupyter.binder import ANSWER
from lessons.notebook import NOTEBOOK
from samples import KEY

from tinytorch.lessons import site as of_site
from tinytorch.lessons.quantization import LESSON
from tinytorch.lessons.site import build_site, pyodide
from tinytorch.lessons.site.pyodide import copy_pyodide
from tinytorch.lessons.site.wheels import PACKAGES, write_wheels


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site whose Python comes from Pyodide's own network."""
    folder = tmp_path_factory.mktemp("built") / "new" / "site"
    assert build_site(folder) == folder / "index.html"
    return folder


def contents(path):
    """The content of a file, and of the files in it if it is an archive."""
    yield path.read_bytes()
    if is_zipfile(path):
        with ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())


def places_with(text, folder):
    """The files in a folder that contain a text, also as JSON writes it or compressed."""
    wanted = {text.encode(), json.dumps(text)[1:-1].encode()}
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(each in content for content in contents(path) for each in wanted)
    ]


def test_the_answers_are_nowhere_in_the_site_not_even_compressed(site, tmp_path):
    # That the search finds them in a notebook and in a wheel makes its silence worth something.
    cell = nbformat.v4.new_code_cell(KEY.read_text(encoding="utf-8"))
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "solved.ipynb")
    with ZipFile(tmp_path / "with_key.whl", "w", compression=8) as wheel:
        wheel.write(KEY, "solution.py")
    assert len(places_with(ANSWER, tmp_path)) == 2
    assert places_with(ANSWER, site) == []


def test_students_get_the_unsolved_notebook_unpaired_and_no_other_file(site):
    (file,) = [path for path in (site / "files").rglob("*") if path.is_file()]
    notebook, original = (nbformat.read(path, as_version=4) for path in (file, NOTEBOOK))
    nbformat.validate(notebook)
    assert file.name == NOTEBOOK.name
    assert notebook.cells[1:] == original.cells
    assert "kept in this browser" in notebook.cells[0].source
    assert "jupytext" in original.metadata
    assert "jupytext" not in notebook.metadata


def test_the_first_page_leads_to_the_notebook(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    assert f'content="0; url=lab/index.html?path={NOTEBOOK.name}"' in page
    assert (site / "lab" / "index.html").is_file()


def kernel_settings(site):
    data = json.loads((site / "jupyter-lite.json").read_text(encoding="utf-8"))
    plugins = data["jupyter-config-data"]["litePluginSettings"]
    return plugins["@jupyterlite/pyodide-kernel-extension:kernel"]


def test_the_kernel_loads_the_pinned_pyodide_and_the_wheels_of_the_site(site):
    settings = kernel_settings(site)
    assert settings["pyodideUrl"] == pyodide.CDN
    packages = settings["loadPyodideOptions"]["packages"]
    script = site / "extensions/@jupyterlite/pyodide-kernel-extension/static"
    wheels = [script / each for each in packages if each.endswith(".whl")]
    assert {wheel.name.partition("-")[0] for wheel in wheels} == {"tinytorch", *PACKAGES}
    assert all(wheel.is_file() for wheel in wheels)
    assert packages[: len(pyodide.PACKAGES)] == list(pyodide.PACKAGES)


def test_only_an_earlier_site_is_ever_replaced(site, tmp_path, monkeypatch):
    work = tmp_path / "work.txt"
    work.write_text("my work", encoding="utf-8")
    for overwrite in (False, True):
        with pytest.raises(FileExistsError, match="something else than a site"):
            build_site(tmp_path, overwrite=overwrite)
    assert work.read_text(encoding="utf-8") == "my work"
    with pytest.raises(FileExistsError, match="holds a site"):
        build_site(site)
    old = tmp_path / "old"
    old.mkdir()
    for name in ("jupyter-lite.json", "left.txt"):
        (old / name).write_text("{}", encoding="utf-8")
    # JupyterLite would build the same once more.
    monkeypatch.setattr(of_site, "_build", lambda work, new, lesson: shutil.copytree(site, new))
    build_site(old, overwrite=True)
    assert not (old / "left.txt").exists()
    assert (old / "index.html").is_file()


def test_a_lesson_from_elsewhere_is_refused_as_the_wheel_lacks_it(tmp_path):
    with pytest.raises(ValueError, match="comes with tinytorch"):
        build_site(tmp_path, lesson=replace(LESSON, folder=tmp_path))


def test_a_clone_and_an_installed_package_give_the_same_wheel(site, tmp_path):
    (wheel,) = (site / "pypi").glob("tinytorch-*.whl")
    installed = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", installed, wheel], check=True, timeout=120)
    script = (
        "import sys, tinytorch; from pathlib import Path\n"
        "from tinytorch.lessons.site.wheels import write_wheels\n"
        "assert Path(tinytorch.__file__).is_relative_to(sys.argv[2]), tinytorch.__file__\n"
        "write_wheels(Path(sys.argv[1]))"
    )
    again = tmp_path / "again"
    again.mkdir()
    subprocess.run(
        [sys.executable, "-c", script, again, installed],
        cwd=again, env=os.environ | {"PYTHONPATH": str(installed)}, check=True, timeout=120,
    )  # fmt: skip
    assert (again / wheel.name).read_bytes() == wheel.read_bytes()


def test_wheels_tell_nothing_of_this_machine_and_hold_nothing_compiled(tmp_path):
    for wheel in write_wheels(tmp_path):
        with ZipFile(wheel) as archive:
            names = archive.namelist()
        assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]
        assert not {name.rpartition("/")[2] for name in names} & {"direct_url.json", "INSTALLER"}


def distribution(folder, version=pyodide.VERSION, **changed):
    """A distribution of Pyodide with packages of a few bytes, which depend on a library."""
    folder.mkdir()
    files = {f"{name}.whl": name.encode() for name in (*pyodide.PACKAGES, "library", "unused")}
    packages = {
        name.removesuffix(".whl"): {
            "file_name": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "depends": ["library"] if name == "numpy.whl" else [],
        }
        for name, content in files.items()
    }
    lock = {"info": {"version": version}, "packages": packages}
    files |= dict.fromkeys(pyodide.CORE, b"core")
    files |= {"pyodide-lock.json": json.dumps(lock).encode()} | changed
    for name, content in files.items():
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


def test_what_is_needed_of_pyodide_is_copied_and_nothing_else(tmp_path):
    source = distribution(tmp_path / "source")
    copy_pyodide(source, tmp_path / "target")
    copied = {path.name: path.read_bytes() for path in (tmp_path / "target").iterdir()}
    expected = {*pyodide.CORE, *(f"{name}.whl" for name in pyodide.PACKAGES), "library.whl"}
    assert copied.keys() == expected
    assert copied["library.whl"] == b"library"


@pytest.mark.parametrize("suffix", ["tar.bz2", "tgz"])
def test_an_archive_is_as_good_as_a_folder(tmp_path, suffix):
    source = distribution(tmp_path / "source")
    archive = tmp_path / f"pyodide.{suffix}"
    with tarfile.open(archive, "w:bz2" if suffix == "tar.bz2" else "w:gz") as files:
        files.add(source, "pyodide")
    copy_pyodide(archive, tmp_path / "from_archive")
    copy_pyodide(source, tmp_path / "from_folder")
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("from_archive", "from_folder")
    )
    assert first == second


def test_files_of_pyodide_that_are_missing_or_damaged_or_of_another_version_are_refused(tmp_path):
    cases = [
        ("other", {"version": "0.29.0"}, ValueError, r"expected Pyodide 0\.27\.7, got 0\.29\.0"),
        ("damaged", {"numpy.whl": b"numpi"}, ValueError, r"numpy\.whl in .* is not the file"),
        ("partial", {"library.whl": None}, FileNotFoundError, r"lacks library\.whl"),
        ("coreless", {"pyodide.js": None}, FileNotFoundError, r"lacks pyodide\.js"),
    ]
    for name, changed, kind, message in cases:
        with pytest.raises(kind, match=message):
            copy_pyodide(distribution(tmp_path / name, **changed), tmp_path / "target")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no pyodide-lock\.json"):
        copy_pyodide(tmp_path / "empty", tmp_path / "target")
    (tmp_path / "text.tgz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="neither a folder nor"):
        copy_pyodide(tmp_path / "text.tgz", tmp_path / "target")
    assert not (tmp_path / "target").exists()
