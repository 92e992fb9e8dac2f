"""What quantization does to numbers and to predictions.

INT8 networks are analysed as they are: `metrics` has the signal-to-noise ratio and the predictions
that change, `layers` says where the error enters. Other bit widths and one scale per channel are
simulated (`fake_quantization`, `sweeps`). `equalization` changes a network before it is quantized.
"""

from tinytorch.perf.analysis.equalization import equalize, rescale_hidden_units
from tinytorch.perf.analysis.fake_quantization import fake_quantize, simulate
from tinytorch.perf.analysis.layers import layer_report
from tinytorch.perf.analysis.metrics import prediction_flips, sqnr_db, worst_output
from tinytorch.perf.analysis.sweeps import bit_width_sweep, sensitivity

__all__ = [
    "bit_width_sweep",
    "equalize",
    "fake_quantize",
    "layer_report",
    "prediction_flips",
    "rescale_hidden_units",
    "sensitivity",
    "simulate",
    "sqnr_db",
    "worst_output",
]
