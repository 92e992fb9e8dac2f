"""Mistakes in model files and exported graphs."""

import numpy as np

from mutants import mutant, replace
from tinytorch.perf.deploy import operators
from tinytorch.perf.deploy import safetensors as safetensors_files
from tinytorch.perf.quantization.linear import QuantizedLinear

right_add = operators.Graph.add


@mutant("test_an_engine_finds_its_integer_kernels_in_a_plain_session")
def bias_added_behind_an_integer_product():
    def add(self, kind, inputs, output, **more):
        if kind == "Sub":
            kind, self.constants[inputs[1]] = "Add", -self.constants[inputs[1]]
        return right_add(self, kind, inputs, output, **more)

    operators.Graph.add = add


@mutant("test_the_digits_network_gives_the_same_bits_for_every_image_and_every_batch")
def bias_with_the_wrong_sign():
    def add(self, kind, inputs, output, **more):
        return right_add(self, "Add" if kind == "Sub" else kind, inputs, output, **more)

    operators.Graph.add = add


@mutant("test_a_random_network_gives_the_same_codes_and_the_same_bits")
def nothing_subtracted_where_there_is_no_bias():
    def add(self, kind, inputs, output, **more):
        if kind == "Sub" and not self.constants[inputs[1]].any():
            kind, inputs = "Identity", inputs[:1]
        return right_add(self, kind, inputs, output, **more)

    operators.Graph.add = add


@mutant("test_fp32_and_weight_only_networks_differ_by_the_order_of_float_sums")
def weights_exported_as_floats():
    def quantized_linear(graph, layer, name, x):
        weight = graph.constant(f"{name}.weight", layer.dequantized_weight().data)
        bias = None if layer.q_bias is None else layer.dequantized_bias().data
        return operators._product(graph, name, x, weight, bias, "Add")

    operators.WRITERS[QuantizedLinear] = quantized_linear


@mutant("test_weights_are_transposed_and_become_float32")
def weights_reshaped_and_not_transposed():
    right = safetensors_files._arrays

    def arrays(path, expected):
        found = right(path, expected)
        return {
            name: np.ascontiguousarray(array.reshape(array.shape[::-1])).T if array.ndim == 2
            else array
            for name, array in found.items()
        }  # fmt: skip

    replace("perf.deploy.safetensors", "_arrays", arrays)
