"""Time whole networks in the engine beside NumPy and PyTorch: python tests/benchmarks/networks.py.

Each row is one network and one batch; all of its columns take turns in several rounds. PyTorch
quantizes by `torch.ao.quantization`: dynamic (weights before, inputs at every call) and static
(calibrated, as here), both with its kernels for x86.
"""

import contextlib
import copy
import itertools
import warnings

import numpy as np
from run import medians, torch

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.perf.deploy import compile_model
from tinytorch.perf.quantization import quantize_model

NETWORKS = [(784, 256, 128, 10), (784, 512, 256, 10), (1024, 4096, 4096, 1000)]
BATCHES = [1, 32, 500]
COLUMNS = ["NumPy FP32", "NumPy INT8", "PyTorch FP32", "PyTorch dynamic", "PyTorch static"]


def networks(widths, samples):
    """The same network in NumPy, FP32 and INT8, in the engine, and in PyTorch."""
    rng = np.random.default_rng(0)
    layers = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [Linear(inputs, outputs, rng=rng), ReLU()]
    fp32 = Sequential(*layers[:-1])
    int8 = copy.deepcopy(fp32)
    quantize_model(int8, [Tensor(samples)])
    fast = compile_model(int8)
    assert fast(samples).data.tobytes() == int8(Tensor(samples)).data.tobytes()
    made = {"engine": fast, "NumPy FP32": fp32, "NumPy INT8": int8}
    return made | (in_pytorch(fp32, samples) if torch else {})


def in_pytorch(model, samples):
    from torch.ao import quantization as ao

    torch.backends.quantized.engine = "x86"
    parts = []
    for layer in model.layers:
        parts.append(torch.nn.ReLU() if isinstance(layer, ReLU) else
                     torch.nn.Linear(layer.in_features, layer.out_features))  # fmt: skip
        if isinstance(layer, Linear):
            parts[-1].weight.data[:] = torch.from_numpy(layer.weight.data.T)
            parts[-1].bias.data[:] = torch.from_numpy(layer.bias.data)
    fp32 = torch.nn.Sequential(*parts).eval()
    static = torch.nn.Sequential(ao.QuantStub(), *copy.deepcopy(parts), ao.DeQuantStub()).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it names its successor
        dynamic = ao.quantize_dynamic(fp32, {torch.nn.Linear}, dtype=torch.qint8)
        static.qconfig = ao.get_default_qconfig("x86")
        pairs = [
            [str(n), str(n + 1)]
            for n, part in enumerate(static)
            if isinstance(part, torch.nn.Linear) and isinstance(static[n + 1], torch.nn.ReLU)
        ]
        prepared = ao.prepare(ao.fuse_modules(static, pairs))
        prepared(torch.from_numpy(samples))
        converted = ao.convert(prepared)
    return {"PyTorch FP32": fp32, "PyTorch dynamic": dynamic, "PyTorch static": converted}


def main():
    print(f"| network | batch | engine (ms) | {' | '.join(COLUMNS)} |")
    print(f"| --- | ---: | ---: |{' ---: |' * len(COLUMNS)}")
    for widths in NETWORKS:
        samples = np.random.default_rng(1).normal(size=(500, widths[0])).astype(np.float32)
        models = networks(widths, samples)
        for batch in BATCHES:
            calls = {}
            for name, model in models.items():
                x = samples[:batch]
                x = torch.from_numpy(x) if name.startswith("PyTorch") else Tensor(x)
                calls[name] = lambda model=model, x=x: model(x)
            with torch.inference_mode() if torch else contextlib.nullcontext():
                times = medians(calls)
            ratios = [f"{times['engine'] / times[name]:.3g}" if name in times else "-"
                      for name in COLUMNS]  # fmt: skip
            print(f"| {'-'.join(map(str, widths))} | {batch} | {1e3 * times['engine']:.3g} "
                  f"| {' | '.join(ratios)} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
