"""Work in blocks and threads, also after a fork."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tinytorch.perf.quantization import parallel as module
from tinytorch.perf.quantization.parallel import BLOCK, PARALLEL_FROM, blocks, in_parallel


@pytest.mark.parametrize("size", [0, 1, BLOCK, 5 * BLOCK + 3])
@pytest.mark.parametrize("processors", [1, 2, 3, 64])
def test_the_parts_cover_the_range_once_and_start_at_multiples(monkeypatch, size, processors):
    monkeypatch.setattr(module, "usable_processors", lambda: processors)
    parts = in_parallel(lambda start, stop: (start, stop), size, PARALLEL_FROM)
    assert [start % BLOCK for start, _ in parts] == [0] * len(parts)
    assert [i for start, stop in parts for i in (start, stop)][1:-1:2] == [s for s, _ in parts][1:]
    assert (parts[0][0], parts[-1][1]) == (0, size)
    assert len(parts) <= processors


def test_small_work_stays_in_one_part():
    assert in_parallel(lambda start, stop: (start, stop), 10**6, PARALLEL_FROM - 1) == [(0, 10**6)]


def test_an_error_in_any_part_comes_out(monkeypatch):
    monkeypatch.setattr(module, "usable_processors", lambda: 4)

    def fail_in_the_second(start, stop):
        if start:
            raise ValueError("second part")

    with pytest.raises(ValueError, match="second part"):
        in_parallel(fail_in_the_second, 4 * BLOCK, PARALLEL_FROM)


def test_parts_that_get_no_thread_are_worked_on_all_the_same(monkeypatch):
    class Ended:
        def submit(self, work, *part):
            raise RuntimeError("cannot schedule new futures after shutdown")

    monkeypatch.setattr(module, "usable_processors", lambda: 3)
    monkeypatch.setattr(module, "_pool", Ended)
    parts = module.in_parallel(lambda start, stop: (start, stop), 6 * BLOCK, PARALLEL_FROM)
    assert parts == [(0, 2 * BLOCK), (2 * BLOCK, 4 * BLOCK), (4 * BLOCK, 6 * BLOCK)]


AFTER_THE_MAIN_THREAD = """
import {module}, threading, time
import numpy as np
from tinytorch.perf.quantization import quantize_int8, dequantize_int8

values = np.random.default_rng(0).normal(size=(2200, 2200)).astype(np.float32)
expected = quantize_int8(values)[0].data

def late():
    time.sleep(0.3)
    codes, scale, zero_point = quantize_int8(values)
    assert np.array_equal(codes.data, expected)
    print(float(np.abs(dequantize_int8(codes, scale, zero_point).data - values).max() / scale))

{start}
"""


@pytest.mark.parametrize(
    ("module", "start"),
    [("sys", "threading.Thread(target=late).start()"), ("atexit", "atexit.register(late)")],
)
def test_large_arrays_are_worked_on_when_no_thread_can_be_started(module, start):
    source = AFTER_THE_MAIN_THREAD.format(module=module, start=start)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True,
                          timeout=60, check=True)  # fmt: skip
    assert 0.4 < float(done.stdout) < 0.51
    assert done.stderr == ""


def test_blocks_are_slices_without_gaps():
    assert [np.arange(7)[part].tolist() for part in blocks(1, 7, 4)] == [[1, 2, 3, 4], [5, 6]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_threads_work_in_a_forked_child_too():
    # In a process of its own, because forking one with pytest's threads is not safe.
    code = """
import os, numpy as np
from tinytorch.perf.quantization import quantize_int8
large = np.ones((5, 2**20), dtype=np.float32)
quantize_int8(large)
child = os.fork()
if child == 0:
    quantize_int8(large)
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "7"


CALIBRATED_OUTPUTS = """
import hashlib
import numpy as np
from tinytorch import Linear
from tinytorch.perf.quantization import QuantizedLinear

for rows, inputs, outputs in [(64, 784, 128), (33, 1000, 1000), (7, 500, 300)]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, inputs)).astype(np.float32)
    layer = QuantizedLinear(Linear(inputs, outputs, rng=rng))
    layer.calibrate([x])
    print(hashlib.sha256(layer(x).data.tobytes()).hexdigest())
"""


def test_a_calibrated_layer_gives_the_same_bits_with_any_number_of_blas_threads():
    said = [
        subprocess.run(
            [sys.executable, "-c", CALIBRATED_OUTPUTS],
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for threads in ("1", "2", "4")
    ]
    assert len(said[0].split()) == 3
    assert said == [said[0]] * 3  # float32 products of these shapes differ
