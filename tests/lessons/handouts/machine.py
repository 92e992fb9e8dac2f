"""Gradescope's machine: /autograder exists, in a namespace of mounts, and nowhere else.

The root of the namespace is a folder in memory with all folders of this system and one more. The
scripts of the zip file run there as they are; `apt-get` is a script that writes down what
it was asked for.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from redteam.containment import left_out

# A new root, as pivot_root(8) wants it: unlike after chroot, bubblewrap can start in it.
ENTER = """
set -e
root=$1 autograder=$2; shift 2
mount -t tmpfs root "$root"
for path in /*; do
  if [ -L "$path" ]; then ln -s "$(readlink "$path")" "$root$path"
  elif [ -d "$path" ]; then mkdir "$root$path"; mount --rbind "$path" "$root$path"
  fi
done
mkdir "$root/autograder" "$root/.old"
mount --bind "$autograder" "$root/autograder"
cd "$root"
pivot_root . .old
umount -l /.old
cd /autograder
exec "$@"
"""
APT = '#!/bin/sh\necho "$@" >> /autograder/asked_of_apt\n'
TOOLS = ("bash", "cat", "dirname", "mkdir", "mktemp", "rm", "tail", "tr")


def require_namespaces() -> None:
    """Leave a test out where there are none; where CI runs on Linux, that is a failure."""
    if shutil.which("unshare") is None or sys.platform != "linux":
        left_out("this system has no namespaces")


class Machine:
    """A machine on which a zip file was unpacked as an autograder.

    Args:
        folder: an empty one.
        archive: the zip file.
    """

    def __init__(self, folder: Path, archive: Path) -> None:
        self.root, self.autograder = folder / "root", folder / "autograder"
        for name in ("source", "submission", "results", "tools", "few_tools"):
            (self.autograder / name).mkdir(parents=True)
        self.root.mkdir()
        with ZipFile(archive) as file:
            file.extractall(self.autograder / "source")
        shutil.copy(self.autograder / "source" / "run_autograder", self.autograder)
        for name in ("source/setup.sh", "run_autograder"):
            (self.autograder / name).chmod(0o755)  # as Gradescope does
        apt = self.autograder / "tools" / "apt-get"
        apt.write_text(APT, encoding="utf-8")
        apt.chmod(0o755)
        for name in TOOLS:
            (self.autograder / "few_tools" / name).symlink_to(shutil.which(name))

    def run(self, program: str, bubblewrap: bool = True) -> subprocess.CompletedProcess:
        """Run a program there; without bubblewrap, hardly any other program is found either."""
        python = str(Path(sys.base_prefix) / "bin")
        path = ":".join(["/autograder/tools", python, os.environ["PATH"]])
        user, back = [], []
        if os.geteuid() != 0:  # who mounts has to be root, and becomes who it was then
            user = ["--user", "--map-root-user"]
            back = ["unshare", "--user", f"--map-user={os.getuid()}"]
            back.append(f"--map-group={os.getgid()}")
        # pip compiles nothing: little of what is installed is imported.
        inner = ["/usr/bin/env", "-u", "PYTHONPATH", "PIP_NO_COMPILE=1"]
        inner += [f"PATH={path if bubblewrap else '/autograder/few_tools'}", program]
        command = ["unshare", "--mount", *user, "sh", "-c", ENTER, "enter"]
        return subprocess.run(
            [*command, self.root, self.autograder, *back, *inner], capture_output=True,
            text=True, encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip

    def results(self, files: dict[str, str], bubblewrap: bool = True) -> dict:
        """What run_autograder leaves of a submission of some files, by their names."""
        for folder in ("submission", "results"):
            shutil.rmtree(self.autograder / folder)
            (self.autograder / folder).mkdir()
        for name, content in files.items():
            (self.autograder / "submission" / name).write_text(content, encoding="utf-8")
        done = self.run("/autograder/run_autograder", bubblewrap)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return self.results_that_are_there()

    def results_that_are_there(self) -> dict:
        """What results.json holds now."""
        path = self.autograder / "results" / "results.json"
        return json.loads(path.read_text(encoding="utf-8"))
