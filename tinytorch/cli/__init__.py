"""The command line: `tinytorch demo | quantize | export | start | grade | release`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tinytorch import __version__
from tinytorch.cli import commands


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
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = subparsers.add_parser(
        "demo",
        help="quantize the shipped digit classifier and show what that does",
        description="Quantize the shipped digit classifier and measure accuracy, bytes and error.",
    )
    demo.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    demo.add_argument(
        "--plot", metavar="FILE.png", type=_file_name, help="write a figure (needs matplotlib)"
    )
    demo.set_defaults(run=commands.demo)
    quantize = subparsers.add_parser(
        "quantize",
        help="shrink a model file to INT8",
        description="Quantize and calibrate a model that was saved in FP32.",
    )
    quantize.add_argument("model", metavar="MODEL.npz", type=Path)
    quantize.add_argument(
        "--calibration", metavar="DATA.npz", type=Path, required=True,
        help="inputs of shape (samples, features), in a .npz or .npy file; those of more axes, "
        "such as images, are flattened",
    )  # fmt: skip
    quantize.add_argument("--array", metavar="NAME", help="which array of DATA.npz")
    quantize.add_argument(
        "--observer", choices=["minmax", "percentile", "mse"], default="minmax",
        help="how the range of inputs is found (minmax)",
    )  # fmt: skip
    quantize.add_argument(
        "--granularity", choices=["per_tensor", "per_channel"], default="per_tensor",
        help="one weight scale per layer, or one per output (per_tensor)",
    )  # fmt: skip
    quantize.add_argument(
        "-o", "--output", metavar="MODEL.int8.npz", type=Path, required=True, help="where to write"
    )
    quantize.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    quantize.set_defaults(run=commands.quantize)
    export = subparsers.add_parser(
        "export",
        help="write a model file as ONNX",
        description="Write a model as ONNX, FP32 or INT8 as it is (needs the extra `deploy`).",
    )
    export.add_argument("model", metavar="MODEL.npz", type=Path)
    export.add_argument("output", metavar="MODEL.onnx", type=Path)
    export.set_defaults(run=commands.export)
    start = subparsers.add_parser(
        "start",
        help="write the lesson's notebook, to work in",
        description="Write the lesson's notebook into a folder, and never over another one.",
    )
    start.add_argument(
        "folder", metavar="FOLDER", type=Path, nargs="?", default=".",
        help="made if it does not exist (the current folder)",
    )  # fmt: skip
    start.add_argument(
        "--paired", action="store_true",
        help="write the script too; JupyterLab keeps both in step, so edit them only there",
    )  # fmt: skip
    _add_lesson(start)
    start.set_defaults(run=commands.start)
    grade = subparsers.add_parser(
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
        "--cluster", metavar="ADDRESS",
        help="of a class: grade on the workers of the Dask scheduler there, such as "
        "tcp://scheduler:8786 (needs the extra `cluster`)",
    )  # fmt: skip
    grade.add_argument(
        "--similarity", action="store_true",
        help="of a class: write similarity.html and .csv, with the code that students share",
    )  # fmt: skip
    grade.add_argument(
        "--answer-key", metavar="KEY.py", type=Path, help="of --similarity: compare with it too"
    )
    grade.add_argument(
        "--seed", type=_seed, metavar="S",
        help="what the tests make their inputs from (drawn; a class keeps it from run to run)",
    )  # fmt: skip
    grade.add_argument(
        "--seconds", type=_positive, metavar="T", default=10,
        help="how long one exercise of a submission may run (10)",
    )  # fmt: skip
    grade.add_argument(
        "--total-seconds", type=_positive, metavar="T", default=60,
        help="how long all of a submission may run (60)",
    )  # fmt: skip
    grade.add_argument(
        "--memory", type=_positive, metavar="MB", default=1000,
        help="how much a submission may allocate (1000)",
    )  # fmt: skip
    _add_lesson(grade)
    grade.set_defaults(run=commands.grade)
    release = subparsers.add_parser(
        "release",
        help="write the lesson's files for a class, or the lesson as a site",
        description="Write the lesson into a folder. Files with other content are never replaced.",
    )
    release.add_argument(
        "folder", metavar="FOLDER", type=Path, nargs="?", help="made if it does not exist"
    )
    release.add_argument(
        "--site", metavar="FOLDER", type=Path,
        help="build a static site in which the lesson runs inside of a browser (needs the extra "
        "`site`)",
    )  # fmt: skip
    release.add_argument(
        "--pyodide", metavar="FOLDER|ARCHIVE", type=Path,
        help="of a site: put the Python of this Pyodide distribution into it, so that nothing "
        "comes from another host",
    )  # fmt: skip
    release.add_argument(
        "--answer-key", metavar="KEY.py", type=Path, help="fill in the answers (for instructors)"
    )
    release.add_argument("--overwrite", action="store_true", help="replace files all the same")
    _add_lesson(release)
    release.set_defaults(run=commands.release)
    return parser


def _add_lesson(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--lesson", metavar="NAME", default="15_quantization",
        help="15_quantization, or MODULE:ATTRIBUTE for a lesson of your own",
    )  # fmt: skip


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
