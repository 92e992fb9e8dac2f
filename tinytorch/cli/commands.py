"""What the commands of `tinytorch` do; each returns an exit status.

What a command needs is imported when it runs, so that the others start without it.
"""

from __future__ import annotations

import argparse
import json
import sys


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


def start(options: argparse.Namespace) -> int:
    """Write a notebook to work in."""
    from tinytorch.lessons import start
    from tinytorch.lessons.folders import find_lesson

    notebook = start(options.folder, paired=options.paired, lesson=find_lesson(options.lesson))
    print(f"{notebook} is yours. Open it with: jupyter lab {notebook}")
    return 0
