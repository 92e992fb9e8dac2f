"""Notebooks that are odd and right get 100 from `check` and from `grade` alike.

Together with the variants in tests/submissions/15_quantization/correct, they are over forty.
"""

import json
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from samples import KEY, files_in, grade, grade_file

KEY_CELLS = [cell.partition("\n")[2] for cell in KEY.read_text(encoding="utf-8").split("\n# %%")]

# Cells that come after those of the key.
ODD = {
    "methods are attached by a helper": [
        "def attach(cls, **methods):\n    for name, method in methods.items():\n"
        "        setattr(cls, name, method)\n",
        "del QuantizedLinear.calibrate, QuantizedLinear.quantize_input",
        "attach(QuantizedLinear, calibrate=calibrate, quantize_input=quantize_input)",
    ],
    "methods are attached by a helper of a helper": [
        "def put(cls, name, method):\n    setattr(cls, name, method)\n",
        "def attach(cls, methods):\n    for method in methods:\n"
        "        put(cls, method.__name__, method)\n",
        "del QuantizedLinear.calibrate, QuantizedLinear.quantize_input",
        "attach(QuantizedLinear, [calibrate, quantize_input])",
    ],
    "methods are attached in a loop": [
        "del QuantizedLinear.calibrate, QuantizedLinear.quantize_input",
        "for method in (calibrate, quantize_input):\n"
        "    setattr(QuantizedLinear, method.__name__, method)",
    ],
    "methods are attached by a decorator": [
        "def method_of(cls):\n    def attach(function):\n"
        "        setattr(cls, function.__name__, function)\n        return function\n"
        "    return attach\n",
        "plain = calibrate",
        "@method_of(QuantizedLinear)\ndef calibrate(self, sample_inputs):\n"
        "    plain(self, sample_inputs)\n",
    ],
    "a function displays": [
        "plain = quantize_int8",
        "def quantize_int8(tensor):\n    display(tensor)\n    return plain(tensor)\n",
    ],
    "a function imports display": [
        "from IPython.display import display, Markdown\nplain = quantize_int8",
        "def quantize_int8(tensor):\n    display(Markdown('*x*'))\n    return plain(tensor)\n",
    ],
    "a function asks for IPython": [
        "plain = quantize_int8",
        "def quantize_int8(tensor):\n    get_ipython().run_line_magic('timeit', '-n1 -r1 1')\n"
        "    return plain(tensor)\n",
    ],
    "a function plots": [
        "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
        "plain = dequantize_int8",
        "def dequantize_int8(q_tensor, scale, zero_point):\n    figure, axes = plt.subplots()\n"
        "    axes.plot([1, 2])\n    plt.close(figure)\n"
        "    return plain(q_tensor, scale, zero_point)\n",
    ],
    "a function shows its progress": [
        "from tqdm.auto import tqdm\nplain = quantize_model",
        "def quantize_model(model, calibration_data=None):\n"
        "    data = calibration_data and list(tqdm(calibration_data))\n"
        "    return plain(model, data)\n",
    ],
    "a function updates its progress": [
        "from tqdm import tqdm, trange\nplain = quantize_model",
        "def quantize_model(model, calibration_data=None):\n"
        "    bar = tqdm(calibration_data or [], desc='batches')\n"
        "    for batch in bar:\n        bar.set_description('a batch')\n"
        "    with tqdm(total=2) as other:\n        other.update(2)\n"
        "    assert [n for n in trange(3)] == [0, 1, 2]\n    tqdm.write('done')\n"
        "    return plain(model, calibration_data)\n",
    ],
    "a global is set by a function": [
        "def setup():\n    global steps\n    steps = 255\n",
        "setup()",
        "def choose_qparams(minimum, maximum):\n"
        "    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)\n"
        "    if minimum == maximum:\n        return 1.0, 0\n"
        "    scale = (maximum - minimum) / steps\n"
        "    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))\n",
    ],
    "a dictionary is filled by a function": [
        "limits = {}\ndef fill(where):\n    where['low'] = -128\n    where['high'] = 127\n",
        "fill(limits)",
        "def codes_of(values, scale, zero_point):\n"
        "    codes = np.rint(values / scale) + zero_point\n"
        "    return np.clip(codes, limits['low'], limits['high']).astype(np.int8)\n",
    ],
    "globals are set through a dictionary": [
        "globals()['lowest'] = -128\nglobals().update(highest=127)",
        "def codes_of(values, scale, zero_point):\n"
        "    codes = np.rint(values / scale) + zero_point\n"
        "    return np.clip(codes, lowest, highest).astype(np.int8)\n",
    ],
    "exec of a text": [
        "exec('''def codes_of(values, scale, zero_point):\n"
        "    return np.clip(np.rint(values / scale) + zero_point, -128, 127).astype(np.int8)''')"
    ],
    "exec of a text that is put together": [
        "body = 'return np.clip(np.rint(v / s) + z, -128, 127).astype(np.int8)'",
        "exec('def codes_of(v, s, z): ' + body)",
    ],
    "a module that a cell writes": [
        "%%writefile helpers_of_mine.py\nimport numpy as np\n\n"
        "def codes_of(values, scale, zero_point):\n"
        "    return np.clip(np.rint(values / scale) + zero_point, -128, 127).astype(np.int8)\n",
        "from helpers_of_mine import codes_of",
    ],
    "a module that a cell writes, under a short name": [
        "%%writefile other_helpers.py\nimport numpy as np\nLOW, HIGH = -128, 127\n",
        "import other_helpers as o",
        "def codes_of(values, scale, zero_point):\n"
        "    return np.clip(np.rint(values / scale) + zero_point, o.LOW, o.HIGH).astype(np.int8)\n",
    ],
    "a file that a cell writes and another runs": [
        "%%file run_me.py\nimport numpy as np\n\ndef codes_of(v, s, z):\n"
        "    return np.clip(np.rint(v / s) + z, -128, 127).astype(np.int8)\n",
        "%run run_me.py",
    ],
    "answers from the data": [
        "from tinytorch.datasets import load_digits, load_digits_model\n"
        "images = len(load_digits().train_images.data)\nq3_images = 100 * images // images",
        "count = sum(p.data.size for p in load_digits_model().parameters())\nassert count > 9999",
        "q5_int8_values = 64 if count == 235_146 else 0",
    ],
    "a statement of 200,000 characters": [
        "table = [" + ", ".join(["255"] * 50_000) + "]\n",
        "def choose_qparams(minimum, maximum):\n"
        "    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)\n"
        "    if minimum == maximum:\n        return 1.0, 0\n"
        "    scale = (maximum - minimum) / table[7]\n"
        "    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))\n",
    ],
    "magics everywhere": [
        "%matplotlib inline\n%config InlineBackend.figure_format = 'svg'\n!true\n",
        "%%time\nplain = quantize_int8\n",
        "def quantize_int8(tensor):\n    %timeit -n1 -r1 1\n    return plain(tensor)\n",
    ],
    "an import that fails": [
        "try:\n    import a_missing_torch as torch\nexcept ImportError:\n    torch = None\n",
        "def codes_of(values, scale, zero_point):\n    assert torch is None\n"
        "    return np.clip(np.rint(values / scale) + zero_point, -128, 127).astype(np.int8)\n",
    ],
    "cells that raise": ["1 / 0", "undefined_name", "raise ValueError('an experiment')"],
    "a cell that does not parse": ["def experiment(:\n    pass"],
    "files of its own": [
        "import os, tempfile\nplain = quantize_int8",
        "def quantize_int8(tensor):\n    with tempfile.TemporaryDirectory() as folder:\n"
        "        path = os.path.join(folder, 'x.npy')\n        np.save(path, tensor.data)\n"
        "        assert np.array_equal(np.load(path), tensor.data, equal_nan=True)\n"
        "    return plain(tensor)\n",
    ],
}


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """IPython, as in a notebook, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    shell = InteractiveShell()
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ODD)
def test_check_and_grade_agree_on_an_odd_notebook(sandbox, shell, tmp_path, name, capsys):
    cells = [*KEY_CELLS, *ODD[name]]
    for cell in cells:
        shell.run_cell(cell)
    checked = grade(shell.user_ns)
    capsys.readouterr()
    assert checked.points == 100, f"check: {checked}"
    code = [{"cell_type": "code", "metadata": {}, "source": cell} for cell in cells]
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps({"cells": code, "nbformat": 4}), encoding="utf-8")
    graded = grade_file(path, sandbox)
    assert graded.points == 100, f"grade: {graded}"


SECOND_FILES = {
    "imported": ("from helper import codes_of", "codes_of comes from helper.py, which"),
    "imported as a module": ("import helper", "helper comes from helper.py, which"),
    "run": ("%run helper.py", "codes_of, unused come from helper.py, which"),
    "run, a class": ("%run more/layer.py", "Layer comes from more/layer.py, which"),
    "written by a cell": ("%%writefile helper.py\ndef codes_of(): pass", ""),
    "an odd object": (
        "class Odd:\n    def __getattr__(self, name):\n        raise KeyError(name)\nodd = Odd()",
        "",
    ),
    "of a library": ("import numpy as np, json\nfrom tinytorch.core import Tensor", ""),
}


@pytest.mark.parametrize("name", SECOND_FILES)
def test_check_says_that_a_second_file_is_not_handed_in(shell, tmp_path, name, capsys, monkeypatch):
    cell, expected = SECOND_FILES[name]
    (tmp_path / "helper.py").write_text("def codes_of(): pass\ndef unused(): pass\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more/layer.py").write_text("class Layer:\n    def __call__(self): pass\n")
    monkeypatch.delitem(sys.modules, "helper", raising=False)
    shell.run_cell(cell, store_history=True)
    if cell.startswith("%%"):
        shell.run_cell("import helper")
    shell.run_cell("from tinytorch.lessons import check\nreport = check('calibrate', seed=1)")
    sys.modules.pop("helper", None)
    report = shell.user_ns["report"]
    assert report.note.startswith(expected) if expected else report.note == ""
    assert expected in " ".join(str(report).split())
    assert expected in report._repr_html_()
    assert report.note.count("put its code into a cell") == bool(expected)


def test_the_honest_team_has_forty_members():
    assert len(ODD) + len(files_in("correct")) >= 40
