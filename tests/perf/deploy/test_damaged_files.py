"""Damage to a model file is found, and costs little memory."""

import re
import tracemalloc
import warnings

import numpy as np
import pytest
from perf.deploy.models_to_save import linear, quantized, state

from tinytorch.core.layers import ReLU, Sequential
from tinytorch.perf.deploy import load, save

MEGABYTE = 1 << 20


def test_a_truncated_file_is_a_value_error_that_names_the_file(path):
    save(Sequential(linear(16), quantized(calibrated=True)), path)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        for piece in (whole[:length], whole[len(whole) - length :]):
            path.write_bytes(piece)
            with pytest.raises(ValueError, match=re.escape(str(path)) + " is not a .*file.*: ."):
                load(path)


def test_one_changed_byte_in_an_array_is_found_by_its_checksum(path):
    model = Sequential(linear(16), quantized(size=16))
    save(model, path)
    whole = path.read_bytes()
    for tensor in model.parameters():
        start = whole.index(tensor.data.tobytes())
        for place in range(start, start + tensor.nbytes, 31):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(ValueError, match=re.escape(str(path)) + ".* Bad CRC-32 .*'[01]"):
                load(path)


def test_a_mutated_file_gives_a_value_error_or_the_same_model_and_takes_little_memory(path):
    save(Sequential(linear(), ReLU(), Sequential(quantized(calibrated=True))), path)
    whole, before, rng = path.read_bytes(), state(load(path)), np.random.default_rng(0)
    tracemalloc.start()
    for number in range(10_000):
        start, stop = sorted(rng.integers(0, len(whole), 2))
        flipped = bytes([whole[start] ^ 1 << rng.integers(8)])
        mutants = [
            whole[:start] + flipped + whole[start + 1 :],
            whole[:start] + rng.bytes(9) + whole[start:],
            whole[:stop] + whole[start:],
            whole[:start] + whole[stop:],
            whole[:start],
        ]
        path.write_bytes(mutants[number % 5])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                same = state(load(path)) == before
            except ValueError as error:
                same = str(path) in str(error)
        assert same, f"mutant {number}"
        assert tracemalloc.get_traced_memory()[1] < 2 * MEGABYTE, f"mutant {number}"
    tracemalloc.stop()
