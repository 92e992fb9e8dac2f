"""The command line: `tinytorch demo`, `tinytorch grade` and `tinytorch release`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tinytorch import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 0, or 1 after an error message.

    Args:
        arguments: what follows `tinytorch`; from sys.argv if not given.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader has seen enough, as in `tinytorch demo | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ImportError, OSError, ValueError) as error:
        print(f"tinytorch {options.command}: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinytorch", description="INT8 quantization that is real, on a real network."
    )
    parser.add_argument("--version", action="version", version=f"tinytorch {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="quantize the shipped digit classifier and show what that does",
        description="Quantize the shipped digit classifier and measure accuracy, bytes and error.",
    )
    demo.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    demo.add_argument(
        "--plot", metavar="FILE.png", type=_file_name, help="write a figure (needs matplotlib)"
    )
    demo.set_defaults(run=_demo)
    grade = commands.add_parser(
        "grade",
        help="grade a notebook or script of the lesson",
        description="Grade a submission. Its code runs in a sandbox and nowhere else.",
    )
    grade.add_argument("file", metavar="FILE", type=Path, help="an .ipynb or .py file")
    grade.add_argument("--seed", type=int, default=0, help="what the tests make their inputs from")
    grade.set_defaults(run=_grade)
    release = commands.add_parser(
        "release",
        help="write the lesson's notebook and tests into a folder",
        description="Write the lesson into a folder. Files with other content are never replaced.",
    )
    release.add_argument("folder", metavar="FOLDER", type=Path, help="made if it does not exist")
    release.add_argument(
        "--answer-key", metavar="KEY.py", type=Path, help="fill in the answers (for instructors)"
    )
    release.add_argument("--overwrite", action="store_true", help="replace files all the same")
    release.set_defaults(run=_release)
    return parser


def _file_name(text: str) -> Path:
    path = Path(text)
    if not path.suffix or path.is_dir():
        raise argparse.ArgumentTypeError(f"expected a file name such as figure.png, got {text!r}")
    return path


def _demo(options: argparse.Namespace) -> int:
    from tinytorch.demo import demo_models, demo_plot, demo_report, demo_text

    fp32_model, int8_model = demo_models()
    if options.plot:
        demo_plot(fp32_model, int8_model, options.plot)
    report = demo_report(fp32_model, int8_model)
    print(json.dumps(report, indent=2, allow_nan=False) if options.json else demo_text(report))
    if options.plot:
        print(f"figure written to {options.plot}", file=sys.stderr)
    return 0


def _grade(options: argparse.Namespace) -> int:
    try:
        from tinytorch.grading.runner import grade_file
    except ImportError as error:
        raise ImportError(
            "grading needs pytest: pip install '.[learn]' in tinytorch's folder"
        ) from error
    from tinytorch.grading.sandbox import Sandbox

    with Sandbox() as sandbox:
        print(grade_file(options.file, sandbox, options.seed))
        for what in sandbox.missing:
            print(f"not enforced on this system: {what}", file=sys.stderr)
    return 0


def _release(options: argparse.Namespace) -> int:
    from tinytorch.lessons import release

    key, overwrite = options.answer_key, options.overwrite
    for path in release(options.folder, answer_key=key, overwrite=overwrite):
        print(path)
    return 0
