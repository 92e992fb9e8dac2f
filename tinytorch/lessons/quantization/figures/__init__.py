"""The lesson's experiments: every function measures for real and returns a matplotlib Figure.

Most take functions of the names that they have in the library, so that a student can measure an
implementation of their own:

    rounding_error(my_quantize_int8, my_dequantize_int8)

An exercise that is not written yet raises NotImplementedError; its figures are then a
`FigurePlaceholder`, which says what they wait for. Where a student's code raises something else, or
returns what nobody can draw, the placeholder says what is wrong (`students`). The numbers come from
functions named `measure_...` in the same files, which draw nothing. Figures need matplotlib, from
the `learn` extra.
"""

from tinytorch.lessons.quantization.figures.arithmetic.codes import where_codes_land
from tinytorch.lessons.quantization.figures.arithmetic.pitfalls import int8_wraps, zero_in_range
from tinytorch.lessons.quantization.figures.arithmetic.rounding import rounding_error
from tinytorch.lessons.quantization.figures.arithmetic.slider import marks_slider
from tinytorch.lessons.quantization.figures.arithmetic.symmetric import symmetric_or_asymmetric
from tinytorch.lessons.quantization.figures.layers.calibration import (
    biased_calibration,
    calibration_samples,
)
from tinytorch.lessons.quantization.figures.layers.layer import calibrated_inputs, layer_outputs
from tinytorch.lessons.quantization.figures.layers.observers import observers_compared
from tinytorch.lessons.quantization.figures.layers.resident_bytes import bytes_really_gone
from tinytorch.lessons.quantization.figures.networks.bit_widths import (
    bit_width_cliff,
    error_by_layer,
)
from tinytorch.lessons.quantization.figures.networks.compression import sizes_of_models
from tinytorch.lessons.quantization.figures.networks.deep_network import deep_network
from tinytorch.lessons.quantization.figures.networks.fp32_network import fp32_network
from tinytorch.lessons.quantization.figures.networks.rescaled_units import rescaled_network
from tinytorch.lessons.quantization.figures.networks.your_model import your_model
from tinytorch.lessons.quantization.figures.production.engine import production_engine
from tinytorch.lessons.quantization.figures.production.files import file_size_and_load_time
from tinytorch.lessons.quantization.figures.production.integers import integers_all_the_way
from tinytorch.lessons.quantization.figures.production.speed import speed
from tinytorch.lessons.quantization.figures.production.static_quantization import (
    static_quantization,
)

__all__ = [
    "biased_calibration",
    "bit_width_cliff",
    "bytes_really_gone",
    "calibrated_inputs",
    "calibration_samples",
    "deep_network",
    "error_by_layer",
    "file_size_and_load_time",
    "fp32_network",
    "int8_wraps",
    "integers_all_the_way",
    "layer_outputs",
    "marks_slider",
    "observers_compared",
    "production_engine",
    "rescaled_network",
    "rounding_error",
    "sizes_of_models",
    "speed",
    "static_quantization",
    "symmetric_or_asymmetric",
    "where_codes_land",
    "your_model",
    "zero_in_range",
]

# The names of the first edition, which notebooks may have.
the_problem = fp32_network
three_fates = rescaled_network
