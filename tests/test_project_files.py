"""What the files around the code name is there: paths, commands, links, versions, systems."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mutants
import pytest
import yaml

import tinytorch
from tinytorch.grading.sandbox import launcher

ROOT = Path(__file__).parents[1]
CI = ROOT / ".github/workflows/ci.yml"
HOOKS = ROOT / ".pre-commit-config.yaml"
CONTRIBUTING, SECURITY, CHANGELOG = (
    ROOT / ".github" / f"{name}.md" for name in ("CONTRIBUTING", "SECURITY", "CHANGELOG")
)
PAGES = [ROOT / "README.md", CONTRIBUTING, SECURITY, CHANGELOG]
PAGES += [ROOT / "tests/benchmarks/README.md", ROOT / "modules/15_quantization/README.md"]
NAMED = [*PAGES, CI, HOOKS]
PATH = re.compile(r"(?<![\w./-])(?:(?:\.ci|\.github|modules|tests|tinytorch)/)[\w./-]*\w")


def text_of(path):
    return path.read_text(encoding="utf-8")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def jobs():
    return yaml.safe_load(text_of(CI))["jobs"]


def steps():
    return [step for job in jobs().values() for step in job["steps"]]


def hooks():
    return [hook for repo in yaml.safe_load(text_of(HOOKS))["repos"] for hook in repo["hooks"]]


@pytest.mark.parametrize("path", NAMED, ids=name_of)
def test_paths_that_are_named_are_there(path):
    named = {found for found in PATH.findall(text_of(path)) if "NAME" not in found}
    assert sorted(each for each in named if not (ROOT / each).exists()) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_lead_to_files_that_are_there(path):
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(path))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_of_the_environment_are_installed_with_the_extra_dev(path):
    programs = set(re.findall(r"\.venv/bin/(\w+)", text_of(path))) - {"activate"}
    folder = Path(sys.executable).parent
    assert {name for name in programs if shutil.which(name, path=folder) is None} == set()


def test_hooks_run_modules_of_the_extra_dev():
    assert {hook["language"] for hook in hooks()} == {"system"}
    modules = [re.match(r"python -m (\w+)", hook["entry"])[1] for hook in hooks()]
    assert modules == ["ruff", "ruff", "mypy", "pytest"]
    assert all(importlib.util.find_spec(module) for module in modules)


def test_actions_are_pinned_to_a_major_version_and_linux_runs_what_ci_runs_here():
    actions = [step["uses"] for step in steps() if "uses" in step]
    assert [action for action in actions if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []
    assert ".ci/run" in [step.get("run") for step in jobs()["linux"]["steps"]]


def test_the_versions_of_python_that_are_promised_are_those_that_ci_begins_and_ends_with():
    project = text_of(ROOT / "pyproject.toml")
    promised = re.findall(r"Python :: (3\.\d+)", project)
    assert re.search(r'requires-python = ">=(.+)"', project)[1] == promised[0]
    assert jobs()["linux"]["strategy"]["matrix"]["python"] == [promised[0], promised[-1]]


def test_the_changelog_has_what_is_unreleased_and_this_version():
    sections = re.findall(r"(?m)^## \[(.+?)\](?: - \d{4}-\d\d-\d\d)?$", text_of(CHANGELOG))
    assert sections[:2] == ["Unreleased", tinytorch.__version__]


def test_the_mutant_that_is_shown_is_a_real_one():
    (shown,) = re.findall(r"```python\n(.*?)```", text_of(CONTRIBUTING), flags=re.DOTALL)
    assert shown in text_of(Path(mutants.__file__).with_name("arithmetic.py"))


def test_annotations_are_for_users_too():
    assert Path(tinytorch.__file__).with_name("py.typed").is_file()


def test_nobody_is_told_to_install_a_strangers_package():
    tops = [ROOT / name for name in (".binder", ".github", "modules", "tests", "tinytorch")]
    paths = [*ROOT.iterdir(), *(path for top in tops for path in top.rglob("*"))]
    kinds = {".html", ".ipynb", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml"}
    handed_out = {*(ROOT / "tinytorch/lessons/handouts/templates").iterdir()}
    chosen = {*handed_out, ROOT / ".binder/postBuild", *(p for p in paths if p.suffix in kinds)}
    texts = {path: text_of(path) for path in chosen}
    assert len(handed_out) > 7
    stranger = re.compile(r"pip install (?:-\S+ )*[\"']?tinytorch\b")
    assert [name_of(path) for path, text in texts.items() if stranger.search(text)] == []


def enforced():
    """The table of SECURITY.md: what is enforced, and the words for each system."""
    rows = re.findall(r"(?m)^\| (.+?) \| ((?:yes|no).*) \|$", text_of(SECURITY))
    return {sentence: cells.split(" | ") for sentence, cells in rows}


def test_the_page_on_security_has_all_that_a_sandbox_enforces_or_does_not():
    held, missing = launcher.enforcement("once", {})
    sentences = {re.sub(r" \(.+\)$", "", sentence) for sentence in held} | {*missing}
    assert {each for each in sentences if not each.startswith("(")} == enforced().keys()


@pytest.mark.skipif(sys.platform != "linux", reason="the columns of Linux are compared")
@pytest.mark.parametrize(("column", "method"), [(0, "bubblewrap"), (1, "plain")])
def test_the_page_on_security_says_what_holds_on_linux(column, method):
    report = {"filter": True, "landlock": 7, "user": 64_000, "files": True}
    missing = set(launcher.enforcement(method, report)[1])
    said = {sentence for sentence, cells in enforced().items() if cells[column] == "no"}
    assert {each for each in missing if not each.startswith("(")} == said


@pytest.mark.skipif(os.name != "posix", reason="a script for bash")
@pytest.mark.parametrize(("there", "package"), [([], "chromium"), (["chromium"], "bubblewrap")])
def test_ci_says_which_package_is_missing_where_nothing_can_be_installed(tmp_path, there, package):
    for name in ("bash", "dirname", "id"):
        (tmp_path / name).symlink_to(shutil.which(name))
    for name in there:
        (tmp_path / name).symlink_to(shutil.which("true"))
    done = subprocess.run(
        [shutil.which("bash"), ROOT / ".ci/run"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 1
    assert f"the package {package} is missing" in done.stderr
    assert len(done.stderr.splitlines()) == 1
