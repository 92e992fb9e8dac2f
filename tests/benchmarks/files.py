"""Time model files and exported models: python tests/benchmarks/files.py.

FP32 beside INT8 of the same layer, in turns, from one run; files are read from the system's cache.
Memory is the allocator's peak while loading, divided by the bytes of the model's parameters.
"""

import statistics
import tempfile
import time
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from run import machine, medians

from tinytorch import Linear, Sequential, Tensor
from tinytorch.perf.deploy import export_onnx, load, save
from tinytorch.perf.profiling import parameter_bytes
from tinytorch.perf.quantization import quantize_model

SIZE, BATCHES, ROUNDS = 4096, (1, 64, 512), 9


def median_seconds(calls):
    """Median seconds of each call, in turns."""
    times = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def peak(path):
    """The allocator's peak while loading, relative to the bytes of what was loaded."""
    tracemalloc.start()
    model = load(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / parameter_bytes(model)


def main():
    rng = np.random.default_rng(0)
    fp32, int8 = (Sequential(Linear(SIZE, SIZE, rng=np.random.default_rng(0))) for _ in range(2))
    quantize_model(int8, [Tensor(rng.normal(size=(64, SIZE)))])
    print(f"{machine()}\n\n| {SIZE} x {SIZE} | FP32 | INT8 | FP32 / INT8 |")
    print("| --- | ---: | ---: | ---: |")

    def row(title, before, after, form="{:.3g}"):
        cells = [form.format(before), form.format(after), f"{before / after:.2f}"]
        print(f"| {title} | {' | '.join(cells)} |")

    with tempfile.TemporaryDirectory() as folder:
        for kind in ("npz", "safetensors"):
            paths = [Path(folder, f"{name}.{kind}") for name in ("fp32", "int8")]
            models = dict(zip(paths, (fp32, int8), strict=True))
            written = median_seconds({p: partial(save, m, p) for p, m in models.items()})
            row(f"save .{kind}, ms", *(1e3 * written[path] for path in paths))
            read = median_seconds({path: partial(load, path) for path in paths})
            row(f"load .{kind}, ms", *(1e3 * read[path] for path in paths))
            row(f".{kind}, bytes", *(path.stat().st_size for path in paths), "{:,}")
            row(f"peak of loading .{kind}, of the model's bytes", *map(peak, paths))
        paths = [Path(folder, f"{name}.onnx") for name in ("fp32", "int8")]
        for path, model in zip(paths, (fp32, int8), strict=True):
            export_onnx(model, path)
        row(".onnx, bytes", *(path.stat().st_size for path in paths), "{:,}")
        sessions = [onnxruntime.InferenceSession(path) for path in paths]
        for batch in BATCHES:
            x = rng.normal(size=(batch, SIZE)).astype(np.float32)
            calls = {n: partial(s.run, None, {"x": x}) for n, s in enumerate(sessions)}
            row(f"ONNX Runtime, batch {batch}, ms", *(1e3 * t for t in medians(calls).values()))


if __name__ == "__main__":
    main()
