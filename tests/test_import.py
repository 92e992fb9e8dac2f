"""`import tinytorch` is cheap and needs NumPy alone."""

import subprocess
import sys


def modules_after(code):
    listing = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_only_numpy_and_the_standard_library_are_imported():
    # -I would hide an editable install; what a plain `import numpy` brings along is allowed.
    added = modules_after("import tinytorch") - modules_after("import numpy")
    outside = {
        name
        for name in added
        if name.partition(".")[0] not in sys.stdlib_module_names | {"tinytorch", "numpy"}
    }
    assert outside == set()


def test_all_parts_are_there_after_a_plain_import():
    code = (
        "import tinytorch\n"
        "digits = tinytorch.datasets.load_digits()\n"
        "model = tinytorch.datasets.load_digits_model()\n"
        "tinytorch.perf.quantization.quantize_model(model, [digits.train_images[:100]])\n"
        "right = tinytorch.core.training.accuracy(model, digits.test_images, digits.test_labels)\n"
        "assert right > 0.96\n"
        "tinytorch.perf.analysis, tinytorch.perf.deploy, tinytorch.perf.profiling\n"
    )
    modules_after(code)
