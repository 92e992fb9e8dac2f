"""Performance: quantization, what it costs in accuracy, what it saves, and model files."""

from tinytorch.perf import analysis, deploy, profiling, quantization

__all__ = ["analysis", "deploy", "profiling", "quantization"]
