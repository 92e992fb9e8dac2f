"""The lesson as a static site: JupyterLab and Python inside of a browser, without an installation.

JupyterLite (jupyterlite.readthedocs.io) is JupyterLab without a server: its kernel is Pyodide,
Python compiled to WebAssembly, and notebooks are kept in the browser's storage. The site opens
JupyterLab and not the plainer Notebook: it is what students see on Binder and on their own
machine, and its table of contents leads through a long lesson.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.grading.lesson import Lesson
from tinytorch.lessons.folders import find_lesson, module_folder
from tinytorch.lessons.release import handout
from tinytorch.lessons.site import pyodide
from tinytorch.lessons.site.wheels import write_wheels

KERNEL = "@jupyterlite/pyodide-kernel-extension"
SETTINGS = "jupyter-lite.json"
MAX_SECONDS = 300  # JupyterLite's build takes about 5

# Opens another page at once. JupyterLite's own pages read settings from the one at the root.
FIRST_PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>{title}</title>
    <meta http-equiv="refresh" content="0; url={address}">
    <script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">
      {{}}
    </script>
  </head>
  <body><a href="{address}">{title}</a></body>
</html>
"""

IN_A_BROWSER = """\
> **Python runs in this page: nothing has to be installed.** It takes about half a minute to start.
> Your work is kept in this browser, on this computer, and nowhere else: **Download**, above, gives
> you the notebook as a file, to keep and to hand in. A cell that never ends is stopped by *Kernel >
> Restart Kernel* alone. Python in a browser is slower than elsewhere, and ONNX Runtime is not
> there."""

PREFERENCES: dict[str, Any] = {
    # How work leaves the browser: JupyterLite has the command, and shows it nowhere near.
    "@jupyterlab/notebook-extension:panel": {
        "toolbar": [
            {"name": "download", "command": "docmanager:download", "label": "Download", "rank": 11}
        ]
    },
    # All cells are in the page, so that the browser's own search finds them.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 10},  # seconds
    # Its news would be fetched from another host.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
}


def build_site(
    folder: Path | str,
    *,
    pyodide_source: Path | str | None = None,
    overwrite: bool = False,
    lesson: Lesson | None = None,
) -> Path:
    """Build a static site that opens the unsolved notebook of a lesson.

    Any web server can serve it, also from a folder of its own, such as GitHub Pages. The page
    fetches Pyodide from its content delivery network, or from the site itself.

    Args:
        folder: made if it does not exist.
        pyodide_source: a folder or archive of Pyodide 0.27.7, of which what is needed becomes a
            part of the site; nothing is then requested from any other host.
        overwrite: whether to replace an earlier site.
        lesson: by default the quantization lesson.

    Returns:
        The path of its first page.

    Raises:
        FileExistsError: if the folder is not empty. Only an earlier site is ever replaced.
        ImportError: if the `site` extra is not installed.
        OSError: if JupyterLite cannot build the site, or a file of Pyodide is missing.
        ValueError: if the lesson is not one of tinytorch's, or it is another Pyodide.
    """
    lesson, folder = lesson or find_lesson(), Path(folder)
    if lesson.folder != module_folder(lesson.name):
        raise ValueError(f"a site holds a lesson that comes with tinytorch, not {lesson.name}")
    _check_free(folder, overwrite)
    with tempfile.TemporaryDirectory() as temporary:
        site = Path(temporary, "site")
        _build(Path(temporary), site, lesson)
        if pyodide_source is not None:
            pyodide.copy_pyodide(Path(pyodide_source), site / "pyodide")
        _configure(site, offline=pyodide_source is not None)
        address = f"lab/index.html?path={lesson.name}.ipynb"
        page = FIRST_PAGE.format(title=f"tinytorch: {lesson.title}", address=address)
        (site / "index.html").write_text(page, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(site, folder)
    return folder / "index.html"


def site_notebook(lesson: Lesson) -> dict[str, Any]:
    """The unsolved notebook for a browser: without a paired script, and with JupyterLite's kernel.

    Args:
        lesson: whose notebook.

    Returns:
        The notebook as JSON, with a first cell that says where work is kept.
    """
    notebook: dict[str, Any] = json.loads(handout(lesson)[f"{lesson.name}.ipynb"])
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    notebook["metadata"]["kernelspec"] = kernel
    lines = IN_A_BROWSER.splitlines(keepends=True)
    first = {"cell_type": "markdown", "id": "in-a-browser", "metadata": {}, "source": lines}
    notebook["cells"].insert(0, first)
    return notebook


def _check_free(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that holds anything else than an earlier site."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / SETTINGS).is_file():
        raise FileExistsError(f"{folder} holds something else than a site: choose another folder")
    if not overwrite:
        raise FileExistsError(f"{folder} holds a site: choose another folder, or ask to overwrite")


def _build(work: Path, site: Path, lesson: Lesson) -> None:
    """Have JupyterLite build a site of the notebook and the wheels alone."""
    for name in ("contents", "lite", "lite/pypi"):
        (work / name).mkdir()
    notebook = json.dumps(site_notebook(lesson), ensure_ascii=False, indent=1)
    (work / "contents" / f"{lesson.name}.ipynb").write_text(notebook, encoding="utf-8")
    extension = _kernel_extension()
    write_wheels(work / "lite" / "pypi")
    # Neither the current folder nor other extensions of JupyterLab that are installed here.
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--apps=lab", "--no-sourcemaps",
               "--ignore-sys-prefix", "--no-libarchive", f"--lite-dir={work / 'lite'}",
               f"--output-dir={site}", f"--contents={work / 'contents'}",
               f"--LiteBuildConfig.cache_dir={work / 'cache'}",
               f"--LiteBuildConfig.federated_extensions={extension}"]  # fmt: skip
    done = subprocess.run(
        command, cwd=work, capture_output=True, encoding="utf-8", errors="replace", check=False,
        timeout=MAX_SECONDS,
    )  # fmt: skip
    if done.returncode != 0 or not (site / SETTINGS).is_file():
        raise OSError(f"JupyterLite could not build the site:\n{done.stdout}{done.stderr}")


def _kernel_extension() -> Path:
    """The folder of the kernel's extension of JupyterLab, among the files of its package."""
    with optional("jupyterlite-core and jupyterlite-pyodide-kernel", "site", "a site"):
        distribution("jupyterlite-core")
        files = distribution("jupyterlite-pyodide-kernel").files
    for file in files or ():
        if file.as_posix().endswith(f"{KERNEL}/package.json"):
            return Path(file.locate()).resolve().parent
    raise FileNotFoundError(f"jupyterlite-pyodide-kernel has no {KERNEL}: install it by pip")


def _configure(site: Path, offline: bool) -> None:
    """Tell the kernel which Python it is, and what it loads before the first cell runs."""
    file = site / SETTINGS
    whole = json.loads(file.read_text(encoding="utf-8"))
    data = whole["jupyter-config-data"]
    data["appName"] = "tinytorch"
    data["settingsOverrides"] = PREFERENCES
    # Addresses of wheels count from the kernel's script, extensions/@jupyterlite/.../static/x.js.
    wheels = [f"../../../../pypi/{path.name}" for path in sorted(site.glob("pypi/*.whl"))]
    kernel = data.setdefault("litePluginSettings", {}).setdefault(f"{KERNEL}:kernel", {})
    kernel["pyodideUrl"] = "./pyodide/pyodide.js" if offline else pyodide.CDN
    kernel["disablePyPIFallback"] = offline
    kernel["loadPyodideOptions"] = {"packages": [*pyodide.PACKAGES, *wheels]}
    file.write_text(json.dumps(whole, indent=1), encoding="utf-8")
