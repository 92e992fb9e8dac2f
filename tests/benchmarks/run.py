"""Time quantization side by side with its peers: python tests/benchmarks/run.py [--markdown].

Each cell is the median time of tinytorch divided by the median time of that peer, from one run:
0.50 means that tinytorch takes half the time. All peers of a row take turns in several rounds, so
that a change in the machine's speed hits them alike.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import textbook
from onnx import TensorProto, helper
from onnx_graphs import float_session, qdq_session, session

from tinytorch import Linear, Sequential, Tensor
from tinytorch.perf import quantization

try:
    import torch
except ImportError:
    torch = None

SHAPES = [(784, 128), (1024, 1024), (4096, 4096)]
BATCHES = [1, 8, 64, 512]
PEERS = ["NumPy FP32", "textbook", "PyTorch", "ORT FP32", "ORT INT8"]
ROUNDS, WARM_UP, MEASURE = 5, 0.1, 0.15  # rounds, and seconds of each in a round


def medians(calls):
    """Median seconds of each call; a warm-up before every turn lets other threads go to sleep."""
    times = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            while time.perf_counter() - start < WARM_UP:
                call()
            start, runs = time.perf_counter(), 0
            while time.perf_counter() - start < MEASURE or runs < 3:
                before = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - before)
                runs += 1
    return {name: statistics.median(values) for name, values in times.items()}


def quantize(values):
    tensor = Tensor(values)
    dynamic = session(
        [helper.make_node("DynamicQuantizeLinear", ["x"], ["codes", "scale", "zero_point"])],
        {},
        [("x", TensorProto.FLOAT, values.shape)],
        [("codes", TensorProto.UINT8, values.shape)],
    )
    calls = {
        "ours": lambda: quantization.quantize_int8(tensor),
        "textbook": lambda: textbook.quantize_int8(tensor),
        "ORT INT8": lambda: dynamic.run(None, {"x": values}),
    }
    if torch:
        other = torch.from_numpy(values)

        def torch_quantize():
            low, high = map(float, torch.aminmax(other))
            scale, zero_point = quantization.choose_qparams(low, high)
            return torch.quantize_per_tensor(other, scale, zero_point, torch.qint8)

        calls["PyTorch"] = torch_quantize
    return calls


def dequantize(values):
    codes, scale, zero_point = quantization.quantize_int8(Tensor(values))
    graph = session(
        [helper.make_node("DequantizeLinear", ["codes", "scale", "zero_point"], ["x"])],
        {"scale": np.float32(scale), "zero_point": np.int8(zero_point)},
        [("codes", TensorProto.INT8, values.shape)],
        [("x", TensorProto.FLOAT, values.shape)],
    )
    calls = {
        "ours": lambda: quantization.dequantize_int8(codes, scale, zero_point),
        "textbook": lambda: textbook.dequantize_int8(codes, scale, zero_point),
        "ORT INT8": lambda: graph.run(None, {"codes": codes.data}),
    }
    if torch:
        other = torch.quantize_per_tensor(torch.from_numpy(values), scale, zero_point, torch.qint8)
        calls["PyTorch"] = other.dequantize
    return calls


def calibrate(layer, batches):
    quantized, other = quantization.QuantizedLinear(layer), textbook.QuantizedLinear(layer)
    calls = {
        "ours": lambda: quantized.calibrate(batches),
        "textbook": lambda: other.calibrate(batches),
    }
    if torch:
        tensors = [torch.from_numpy(batch.data) for batch in batches]

        def torch_calibrate():
            observer = torch.ao.quantization.MinMaxObserver(dtype=torch.qint8)
            for tensor in tensors:
                observer(tensor)
            return observer.calculate_qparams()

        calls["PyTorch"] = torch_calibrate
    return calls


def forward(layer, batch, calibrated):
    x = Tensor(np.random.default_rng(2).normal(size=(batch, layer.in_features)))
    quantized, other = quantization.QuantizedLinear(layer), textbook.QuantizedLinear(layer)
    quantized.calibrate([x])
    fp32, int8 = float_session(layer), qdq_session(quantized, exact=False)
    if not calibrated:
        quantized = quantization.QuantizedLinear(layer)
    calls = {
        "ours": lambda: quantized(x),
        "NumPy FP32": lambda: layer(x),
        "textbook": lambda: other(x),
        "ORT FP32": lambda: fp32.run(None, {"x": x.data}),
        "ORT INT8": lambda: int8.run(None, {"x": x.data}),
    }
    if torch:
        inputs, weight, bias = map(torch.from_numpy, (x.data, layer.weight.data, layer.bias.data))
        calls["PyTorch"] = lambda: torch.addmm(bias, inputs, weight)
    return calls


def calibration_cost():
    """Time of calibrating a whole model against that of the forward passes alone."""
    rng = np.random.default_rng(0)
    layers = [Linear(784, 1024, rng=rng), Linear(1024, 1024, rng=rng), Linear(1024, 10, rng=rng)]
    batches = [Tensor(rng.normal(size=(64, 784))) for _ in range(20)]

    def passes():
        model = Sequential(*layers)
        for batch in batches:
            model(batch)

    weights = medians({"weights": lambda: quantization.quantize_model(Sequential(*layers))})
    times = medians(
        {"all": lambda: quantization.quantize_model(Sequential(*layers), batches), "passes": passes}
    )
    return (times["all"] - weights["weights"]) / times["passes"]


def import_cost():
    """Time of `import tinytorch` against that of `import numpy`, in fresh processes."""
    times = {"tinytorch": [], "numpy": []}
    for _ in range(21):
        for name, values in times.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {name}"], check=True)
            values.append(time.perf_counter() - start)
    return statistics.median(times["tinytorch"]) / statistics.median(times["numpy"])


def rows():
    """(name, shape, calls) of every row."""
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        layer = Linear(*shape, rng=rng)
        layer.bias = Tensor(rng.normal(size=shape[1]))
        name = f"{shape[0]}x{shape[1]}"
        yield "quantize", name, quantize(layer.weight.data)
        yield "dequantize", name, dequantize(layer.weight.data)
        batches = [Tensor(rng.normal(size=(64, shape[0]))) for _ in range(4)]
        yield "calibrate", name, calibrate(layer, batches)
        for batch in BATCHES:
            yield f"weight-only, batch {batch}", name, forward(layer, batch, False)
        for batch in BATCHES:
            yield f"calibrated, batch {batch}", name, forward(layer, batch, True)


def machine():
    """What the figures were measured on."""
    info = Path("/proc/cpuinfo")
    cpu = info.read_text(encoding="utf-8") if info.exists() else ""
    flags = [flag for flag in ("avx2", "avx512f", "avx512_vnni") if f" {flag} " in cpu]
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    versions.append(f"PyTorch {torch.__version__}" if torch else "PyTorch not installed")
    import onnxruntime

    versions.append(f"ONNX Runtime {onnxruntime.__version__}")
    return f"{os.cpu_count()} cores, {platform.machine()} {' '.join(flags)}; {', '.join(versions)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    options = parser.parse_args()
    head = ["operation", "layer", "ours (ms)", *PEERS]
    widths = [24, 10, 10, *[11] * len(PEERS)]

    def show(cells):
        if options.markdown:
            print("| " + " | ".join(cells) + " |", flush=True)
        else:
            print("".join(c.rjust(w) for c, w in zip(cells, widths, strict=True)), flush=True)

    warnings.simplefilter("ignore")  # PyTorch announces the end of its quantized tensors
    print(machine(), end="\n\n")
    show(head)
    if options.markdown:
        show(["---", "---", *["---:"] * (len(head) - 2)])
    for name, shape, calls in rows():
        times = medians(calls)
        ratios = [f"{times['ours'] / times[p]:.3g}" if p in times else "-" for p in PEERS]
        show([name, shape, f"{1e3 * times['ours']:.3g}", *ratios])
    print(f"\ncalibration / its forward passes: {calibration_cost():.2f}")
    print(f"import tinytorch / import numpy: {import_cost():.2f}")


if __name__ == "__main__":
    main()
