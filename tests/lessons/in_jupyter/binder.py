"""Binder's environment, built from `.binder` as repo2docker builds it, without a container."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from samples import KEY

ROOT = Path(__file__).parents[3]

# The longest line of the answer key: where it can be found, so can the answers.
ANSWER = max(KEY.read_text(encoding="utf-8").splitlines(), key=len).strip()


class Environment(NamedTuple):
    """What Binder's image holds: the repository, and a virtual environment for it."""

    repository: Path
    virtual: Path

    @property
    def programs(self) -> Path:
        """The folder that comes first on the PATH."""
        return self.virtual / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        return self.programs / "python"


def build(folder: Path) -> Environment:
    """Install requirements.txt with the repository as the working folder, then run postBuild."""
    environment = Environment(folder / "repository", folder / "virtual")
    _copy_repository(environment.repository)
    (environment.repository / ".git").mkdir()  # stands for the clone's history
    _run(folder, sys.executable, "-m", "venv", "--without-pip", environment.virtual)
    requirements = environment.repository / ".binder" / "requirements.txt"
    # Compiling what is installed would take as long as installing it; little of it is imported.
    install = [sys.executable, "-m", "pip", "--python", environment.python, "install"]
    install += ["-q", "--no-compile"]
    _run(environment.repository, *install, "-r", requirements)
    path = os.pathsep.join([str(environment.programs), os.environ["PATH"]])
    _run(environment.repository, environment.repository / ".binder" / "postBuild", PATH=path)
    return environment


def places_with(text: str, *folders: Path) -> list[Path]:
    """The files in folders that contain a text."""
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return [path for path in files if text.encode() in path.read_bytes()]


def _copy_repository(target: Path) -> None:
    """Copy what git would: the files as they are now, without those that are ignored."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().rstrip("\0").split("\0"):
        if (ROOT / name).is_file():  # a file may be deleted and not yet committed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _run(folder: Path, *command: Path | str, **variables: str) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
