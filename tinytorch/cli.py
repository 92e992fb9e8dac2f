"""The command line: `tinytorch demo | quantize | export | grade | release`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
    quantize = commands.add_parser(
        "quantize",
        help="shrink a model file to INT8",
        description="Quantize and calibrate a model that was saved in FP32.",
    )
    quantize.add_argument("model", metavar="MODEL.npz", type=Path)
    quantize.add_argument(
        "--calibration", metavar="DATA.npz", type=Path, required=True,
        help="inputs of shape (samples, features), in a .npz or .npy file",
    )  # fmt: skip
    quantize.add_argument("--array", metavar="NAME", help="which array of DATA.npz")
    quantize.add_argument(
        "-o", "--output", metavar="MODEL.int8.npz", type=Path, required=True, help="where to write"
    )
    quantize.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    quantize.set_defaults(run=_quantize)
    export = commands.add_parser(
        "export",
        help="write a model file as ONNX",
        description="Write a model as ONNX, FP32 or INT8 as it is (needs the extra `deploy`).",
    )
    export.add_argument("model", metavar="MODEL.npz", type=Path)
    export.add_argument("output", metavar="MODEL.onnx", type=Path)
    export.set_defaults(run=_export)
    grade = commands.add_parser(
        "grade",
        help="grade a notebook or script of the lesson, or those of a whole class",
        description="Grade submissions. Their code runs in a sandbox and nowhere else.",
        epilog="A class that was interrupted goes on where it stopped, with the same command.",
    )
    grade.add_argument(
        "source", metavar="FILE|FOLDER", type=Path,
        help="an .ipynb or .py file; or a class: a folder of files or of students' folders, or "
        "the .zip of a learning platform",
    )  # fmt: skip
    grade.add_argument(
        "-o", "--output", metavar="RESULTS", type=Path,
        help="of a class: the folder for grades.csv, summary.html and what each student gets",
    )  # fmt: skip
    grade.add_argument("--json", action="store_true", help="of a file: print its results.json")
    grade.add_argument(
        "--jobs", type=_positive, metavar="N", help="of a class: how many are graded at once"
    )
    grade.add_argument(
        "--seed", type=_seed, metavar="S",
        help="what the tests make their inputs from (a file: 0; a class: as the last time)",
    )  # fmt: skip
    grade.add_argument(
        "--seconds", type=_positive, metavar="T", default=10,
        help="how long one exercise of a submission may run (10)",
    )  # fmt: skip
    grade.add_argument(
        "--memory", type=_positive, metavar="MB", default=1000,
        help="how much a submission may allocate (1000)",
    )  # fmt: skip
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


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number from 0, got {text!r}")
    return int(text)


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


def _quantize(options: argparse.Namespace) -> int:
    from tinytorch.convert import quantize_file, quantize_text

    source, output = options.model, options.output
    report = quantize_file(source, output, options.calibration, options.array)
    text = json.dumps(report, indent=2) if options.json else quantize_text(report, source, output)
    print(text)
    return 0


def _export(options: argparse.Namespace) -> int:
    from tinytorch.perf.deploy import export_onnx, load

    if options.output.exists() and options.output.samefile(options.model):
        raise ValueError(f"{options.output} is the model itself: choose another name")
    export_onnx(load(options.model), options.output)
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")
    return 0


def _grade(options: argparse.Namespace) -> int:
    try:
        from tinytorch.grading.runner import grade_file
    except ImportError as error:
        raise ImportError(
            "grading needs pytest: pip install '.[learn]' in tinytorch's folder"
        ) from error
    missing = options.output and not options.source.exists()
    if missing or options.source.is_dir() or options.source.suffix.lower() == ".zip":
        return _grade_class(options)
    if options.output or options.jobs:
        raise ValueError(f"--output and --jobs are for a folder or a .zip, not {options.source}")
    from tinytorch.grading.results import as_json, results_of
    from tinytorch.grading.sandbox import Sandbox

    with Sandbox(options.memory * 10**6, options.seconds) as sandbox:
        started = time.monotonic()
        report = grade_file(options.source, sandbox, options.seed or 0)
        results = results_of(report, time.monotonic() - started, sandbox.missing)
        print(as_json(results).rstrip() if options.json else report.text(hints=True))
        for what in sandbox.missing:
            print(f"not enforced on this system: {what}", file=sys.stderr)
    return 0


def _grade_class(options: argparse.Namespace) -> int:
    from tinytorch.grading.classroom import grade_class

    if options.json or not options.output:
        raise ValueError("a class needs a folder for the results: -o RESULTS; --json is for a file")
    source, results = options.source, options.output
    try:
        with _class_bar() as advance:
            tally = grade_class(
                source, results, options.jobs, options.seed, advance,
                options.memory * 10**6, options.seconds,
            )  # fmt: skip
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    for what in sorted(tally.not_enforced):
        print(f"not enforced on this system: {what}", file=sys.stderr)
    print(f"{tally}: {results / 'grades.csv'}")
    return 0


@contextmanager
def _class_bar() -> Iterator[Callable[[int, int], None]]:
    """Give what shows how far a class is, on a terminal, if rich is installed."""
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            Task,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text
    except ImportError:
        yield lambda done, total: None
        return

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f} a second" if task.speed else "")

    console = Console(stderr=True)
    columns = [TextColumn("grading"), BarColumn(), MofNCompleteColumn(), Rate()]
    with Progress(
        *columns, TimeRemainingColumn(), TextColumn("left"),
        console=console, disable=not console.is_terminal, speed_estimate_period=120,
    ) as bar:  # fmt: skip
        task = bar.add_task("grading", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _release(options: argparse.Namespace) -> int:
    from tinytorch.lessons import release

    key, overwrite = options.answer_key, options.overwrite
    for path in release(options.folder, answer_key=key, overwrite=overwrite):
        print(path)
    return 0
