"""What the commands of `tinytorch` do; each returns an exit status.

What a command needs is imported when it runs, so that the others start without it.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tinytorch.core.system import optional


def demo(options: argparse.Namespace) -> int:
    """Measure what quantization does to the shipped network."""
    from tinytorch.cli.demo import demo_models, demo_plot, demo_report, demo_text

    fp32_model, int8_model = demo_models()
    if options.plot:
        demo_plot(fp32_model, int8_model, options.plot)
    report = demo_report(fp32_model, int8_model)
    print(json.dumps(report, indent=2, allow_nan=False) if options.json else demo_text(report))
    if options.plot:
        print(f"figure written to {options.plot}", file=sys.stderr)
    return 0


def quantize(options: argparse.Namespace) -> int:
    """Quantize a model file."""
    from tinytorch.cli.quantize import quantize_file, quantize_text

    source, output = options.model, options.output
    report = quantize_file(
        source, output, options.calibration, options.array,
        observer=options.observer, granularity=options.granularity,
    )  # fmt: skip
    text = json.dumps(report, indent=2) if options.json else quantize_text(report, source, output)
    print(text)
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a model file as ONNX."""
    from tinytorch.perf.deploy import export_onnx, load

    if options.output.exists() and options.output.samefile(options.model):
        raise ValueError(f"{options.output} is the model itself: choose another name")
    export_onnx(load(options.model), options.output)
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")
    return 0


def grade(options: argparse.Namespace) -> int:
    """Grade a submission, or a class of them."""
    with optional("pytest", "learn", "grading"):
        from tinytorch.grading.runner import grade_file
    missing = options.output and not options.source.exists()
    if missing or options.source.is_dir() or options.source.suffix.lower() == ".zip":
        return _grade_class(options)
    if options.output or options.jobs or options.cluster or options.similarity:
        raise ValueError(
            "--output, --jobs, --cluster and --similarity are for a folder or a .zip, "
            f"not {options.source}"
        )
    from tinytorch.grading.grading_session import MAX_SEED
    from tinytorch.grading.reports.results import as_json, results_of
    from tinytorch.grading.sandbox.sandbox import Sandbox
    from tinytorch.lessons.folders import find_lesson

    # Known inputs could be answered from a table.
    seed = secrets.randbelow(MAX_SEED) if options.seed is None else options.seed
    with Sandbox(options.memory * 10**6, options.seconds, options.total_seconds) as sandbox:
        started = time.monotonic()
        report = grade_file(find_lesson(options.lesson), options.source, sandbox, seed)
        results = results_of(report, time.monotonic() - started, seed, sandbox.not_enforced)
        print(as_json(results).rstrip() if options.json else report.text(hints=True))
        if not options.json:
            print(f"{'':10}  (seed {seed}; the same one gives the same inputs)")
        for what in sandbox.not_enforced:
            print(f"not enforced on this system: {what}", file=sys.stderr)
    return 0


def _grade_class(options: argparse.Namespace) -> int:
    from tinytorch.grading.classroom.run import grade_class
    from tinytorch.lessons.folders import find_lesson

    if options.json or not options.output:
        raise ValueError("a class needs a folder for the results: -o RESULTS; --json is for a file")
    if options.answer_key and not options.similarity:
        raise ValueError("--answer-key is for --similarity")
    source, results = options.source, options.output
    try:
        with _class_bar() as advance:
            tally = grade_class(
                find_lesson(options.lesson), source, results, jobs=options.jobs,
                cluster=options.cluster, seed=options.seed, advance=advance,
                warn=lambda sentence: print(sentence, file=sys.stderr),
                similarity=options.similarity, answer_key=options.answer_key,
                memory=options.memory * 10**6, seconds=options.seconds,
                total_seconds=options.total_seconds,
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
    """Give what shows how far a class is, on a terminal, if tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda done, total: None
        return

    with tqdm(desc="grading", unit=" submissions", delay=1, disable=None) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance


def start(options: argparse.Namespace) -> int:
    """Write a notebook to work in."""
    from tinytorch.lessons import start
    from tinytorch.lessons.folders import find_lesson

    notebook = start(options.folder, paired=options.paired, lesson=find_lesson(options.lesson))
    print(f"{notebook} is yours. Open it with: jupyter lab {notebook}")
    return 0


def release(options: argparse.Namespace) -> int:
    """Write the lesson's files, or the site."""
    from tinytorch.lessons import release
    from tinytorch.lessons.folders import find_lesson

    if (options.folder is None) == (options.site is None):
        raise ValueError("expected either FOLDER or --site FOLDER")
    if options.site is not None:
        return _release_site(options)
    if options.pyodide is not None:
        raise ValueError("--pyodide is for a site: --site FOLDER")
    paths = release(
        options.folder, answer_key=options.answer_key, overwrite=options.overwrite,
        lesson=find_lesson(options.lesson),
    )  # fmt: skip
    for path in paths:
        print(path)
    return 0


def _release_site(options: argparse.Namespace) -> int:
    from tinytorch.lessons.folders import find_lesson
    from tinytorch.lessons.site import build_site

    if options.answer_key is not None:
        raise ValueError("a site is for students, so that there is no --answer-key for it")
    first_page = build_site(
        options.site, pyodide_source=options.pyodide, overwrite=options.overwrite,
        lesson=find_lesson(options.lesson),
    )  # fmt: skip
    print(first_page)
    return 0
