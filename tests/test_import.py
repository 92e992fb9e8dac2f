"""`import tinytorch` is cheap and needs NumPy alone."""

import subprocess
import sys

import pytest


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


def test_the_current_folder_does_not_pass_for_a_library_and_stays_on_the_path(tmp_path):
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    (tmp_path / "own.py").write_text("x = 7", encoding="utf-8")
    code = "import tinytorch, sys, own; print(sys.path[0] == '', own.x)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["True", "7"], done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the current folder")
def test_a_current_folder_that_was_deleted_is_no_obstacle(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); import tinytorch; print(tinytorch.Tensor)"
    done = subprocess.run([sys.executable, "-c", code], cwd=gone, capture_output=True, text=True)
    assert "Tensor" in done.stdout, done.stderr
