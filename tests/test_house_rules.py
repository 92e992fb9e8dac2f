"""The linters, the type checker, and the rules about files, rooms and imports.

Imports are read from the source. For rooms, all of them count, those inside functions and those
for type checkers alone included. For circles, only those count that run when a module is imported.
"""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_LINES, MAX_FILES = 250, 12
# Folders with one file for each sample submission.
SAMPLES = [
    ROOT / "tests/submissions/15_quantization" / kind for kind in ("correct", "hostile", "wrong")
]
TEXTS = {".css", ".html", ".js", ".md", ".py", ".toml"}

FILES = sorted(
    path
    for top in ("tinytorch", "tests")
    for path in (ROOT / top).rglob("*")
    if path.is_file()
    and not any(part[0] in "._" for part in path.relative_to(ROOT).parts[:-1])  # caches
)
FOLDERS = sorted({path.parent for path in FILES} - {*SAMPLES})

# A room may import itself and those before it.
ROOMS = ("_start", "core", "perf", "datasets", "grading", "lessons", "experiments", "cli")
INSIDE = "tinytorch.grading.sandbox.inside"


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    module_name(path): ast.parse(path.read_text(encoding="utf-8"))
    for path in FILES
    if path.suffix == ".py" and path.is_relative_to(ROOT / "tinytorch")
}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def imported(nodes):
    """The names of the modules that some code imports."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else node.module


def at_once(tree):
    """The code of a module that runs when it is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from at_once(node)


def is_in(name, package):
    return name == package or name.startswith(f"{package}.")


def room(name):
    """The place of a module's room in ROOMS; the package itself imports `core` alone."""
    parts = name.split(".")
    return ROOMS.index(parts[1] if len(parts) > 1 else "core")


@pytest.mark.parametrize(
    "command", ["ruff check .", "ruff format --check .", "mypy"], ids=lambda command: command
)
def test_the_tool_has_no_complaints(command):
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_top_level_holds_what_it_should_and_nothing_else():
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    there = {"tinytorch", "tests", "pyproject.toml", "README.md", "LICENSE"}
    assert there <= top <= there | {"modules"}


def test_no_file_is_too_long():
    lines = {relative(p): len(p.read_text(encoding="utf-8").splitlines())
             for p in FILES if p.suffix in TEXTS}  # fmt: skip
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def test_no_folder_holds_too_many_files():
    counts = {relative(folder): sum(path.parent == folder for path in FILES) for folder in FOLDERS}
    assert {name: count for name, count in counts.items() if count > MAX_FILES} == {}


def test_the_grader_knows_no_lesson():
    wrong = {
        (name, other)
        for name, tree in MODULES.items()
        if is_in(name, "tinytorch.grading")
        for other in imported(ast.walk(tree))
        if is_in(other, "tinytorch.lessons") or is_in(other, "tinytorch.experiments")
    }
    assert sorted(wrong) == []


def test_what_enters_the_sandbox_imports_numpy_the_core_and_itself():
    allowed = ("numpy", "tinytorch.core", INSIDE)
    wrong = {
        (name, other)
        for name, tree in MODULES.items()
        if is_in(name, INSIDE)
        for other in imported(ast.walk(tree))
        if other.partition(".")[0] not in sys.stdlib_module_names
        and not any(is_in(other, package) for package in allowed)
    }
    assert MODULES.keys() & {INSIDE}
    assert sorted(wrong) == []


def test_rooms_import_only_rooms_before_them():
    wrong = {
        (name, other)
        for name, tree in MODULES.items()
        if name != "tinytorch.__main__"
        for other in imported(ast.walk(tree))
        if is_in(other, "tinytorch") and room(other) > room(name)
    }
    assert sorted(wrong) == []


def test_no_module_imports_itself_by_a_detour():
    needs = {
        name: {other for other in imported(at_once(tree)) if other in MODULES}
        for name, tree in MODULES.items()
    }
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"these import each other: {' <- '.join(error.args[1])}")


def test_exceptions_end_in_error():
    # ruff's N818 knows only those whose base is named Exception or ...Error.
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    exceptions = {"BaseException", "Exception", "KeyboardInterrupt", "SystemExit"}
    exceptions |= {base for own in bases.values() for base in own if base.endswith("Error")}
    for _ in bases:  # each round finds the next generation
        exceptions |= {name for name, own in bases.items() if own & exceptions}
    assert {name for name in exceptions & bases.keys() if not name.endswith("Error")} == set()


def test_names_of_limits_begin_with_max():
    old = re.compile(r"^_?(MOST|LARGEST|DEEPEST|LONGEST)(_|$)")
    wrong = {
        (relative(path), node.id)
        for path in FILES
        if path.suffix == ".py" and path.parent not in SAMPLES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and old.match(node.id)
    }
    assert sorted(wrong) == []
