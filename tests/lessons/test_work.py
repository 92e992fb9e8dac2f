"""`my_work` gives what a student wrote to a script, and runs nothing else."""

import copy
import json
import subprocess
import sys

import numpy as np
import pytest
from lessons.notebook import NOTEBOOK
from samples import KEY

from tinytorch.core import Linear, ReLU, Sequential, Tensor
from tinytorch.lessons import my_work, release


@pytest.fixture
def notebook(tmp_path):
    """A solved notebook, as a student has it."""
    release(tmp_path, answer_key=KEY)
    return tmp_path / NOTEBOOK.name


def with_cells(path, *sources):
    """Put further code cells behind a notebook's."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"] += [{"cell_type": "code", "source": source} for source in sources]
    path.write_text(json.dumps(content), encoding="utf-8")


def test_the_definitions_of_a_notebook_quantize_a_model_of_ones_own(notebook):
    mine = my_work(notebook)
    rng = np.random.default_rng(0)
    model = Sequential(Linear(6, 5, rng=rng), ReLU(), Linear(5, 3, rng=rng))
    data = Tensor(rng.normal(size=(20, 6)))
    expected, before = model(data).data, copy.deepcopy(model)
    mine.quantize_model(model, [data])
    assert isinstance(model.layers[0], mine.QuantizedLinear)
    assert np.abs(model(data).data - expected).max() < 0.1
    assert mine.analyze_model_sizes(before, model)["original_params"] == 53
    assert mine.q5_int8_values == 64


def test_nothing_that_the_exercises_do_not_need_runs(notebook):
    with_cells(notebook, "raise SystemExit('a figure')", "x = 1 / 0", "open('there', 'w')")
    assert my_work(notebook).quantize_int8(Tensor([0.0, 2.55]))[1] == pytest.approx(0.01)
    assert not (notebook.parent / "there").exists()


def test_a_script_works_too():
    assert "quantize_model" in repr(my_work(KEY))


def test_a_stub_is_one(tmp_path):
    release(tmp_path)
    mine = my_work(tmp_path / NOTEBOOK.name)
    with pytest.raises(NotImplementedError, match="exercise 1"):
        mine.quantize_int8(Tensor([1.0]))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def quantize_model(:", r"code cell \d+ \(`def quantize_model\(:`\) does not parse"),
        ("quantize_model = 1 / 0", r"code cell \d+, line 1: ZeroDivisionError: division by zero"),
        ("del quantize_model", r"does not define quantize_model"),
    ],
)
def test_what_is_missing_says_why(tmp_path, source, sentence):
    path = tmp_path / "mine.py"
    key = KEY.read_text(encoding="utf-8").replace("def quantize_model(", "def other(")
    path.write_text(f"{key}\n# %%\n{source}\n", encoding="utf-8")
    mine = my_work(path)
    with pytest.raises(AttributeError, match=sentence):
        mine.quantize_model(None)
    assert mine.q5_int8_values == 64


def test_a_name_that_no_exercise_has_is_refused():
    with pytest.raises(AttributeError, match=r"solution\.py does not define plot: no exercise"):
        my_work(KEY).plot()


def test_what_is_no_notebook_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="empty"):
        my_work(tmp_path / "a.txt")
    with pytest.raises(OSError, match="nothing"):
        my_work(tmp_path / "nothing.ipynb")


def test_neither_pytest_nor_matplotlib_is_loaded_for_it(notebook):
    code = f"from tinytorch.lessons import my_work; my_work({str(notebook)!r}); import sys; "
    code += "print(sorted({'pytest', 'matplotlib', 'jupytext', 'IPython'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
