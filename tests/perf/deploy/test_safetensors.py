"""Safetensors files: models come back bit for bit; PyTorch weights come in, all or none."""

import sys

import ml_dtypes
import numpy as np
import pytest
from perf.deploy.test_files import MODELS, state
from safetensors.numpy import load_file, save_file

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.deploy import load, load_state_dict, save
from tinytorch.perf.quantization import quantize_model


def model():
    return Sequential(Linear(3, 2), ReLU(), Sequential(Linear(2, 4, bias=False)))


def weights(dtype=np.float32):
    """As PyTorch names and stores them: (out, in)."""
    rng = np.random.default_rng(0)
    shapes = {"0.weight": (2, 3), "0.bias": (2,), "2.0.weight": (4, 2)}
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_weights_are_transposed_and_become_float32(tmp_path, dtype):
    arrays, made = weights(dtype), model()
    save_file(arrays, tmp_path / "torch.safetensors")
    load_state_dict(made, tmp_path / "torch.safetensors")
    x = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    single = {name: array.astype(np.float32) for name, array in arrays.items()}
    hidden = np.maximum(x @ single["0.weight"].T + single["0.bias"], 0)
    assert np.allclose(made(Tensor(x)).data, hidden @ single["2.0.weight"].T, rtol=1e-5)
    assert all(tensor.dtype == np.float32 for tensor in made.parameters())
    assert made.layers[0].weight.shape == (3, 2)
    assert made.layers[0].weight.data.flags.c_contiguous


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("0.bias"), "missing 0.bias; left over nothing"),
        (lambda a: a.update(head=np.ones(1, "f4")), "missing nothing; left over head"),
        (lambda a: a.update({"fc1.weight": a.pop("0.weight")}), "missing 0.weight; left over fc1"),
        (
            lambda a: a.update({"0.weight": a["0.weight"].T.copy()}),
            r"torch\.safetensors is not .*: 0\.weight should have shape \(2, 3\) .* has \(3, 2\)",
        ),
        (
            lambda a: a.update({"2.0.weight": np.ones((4, 2), np.int32)}),
            "should have .* dtype F64 or F32 or F16 or BF16; it has .* I32",
        ),
    ],
)
def test_what_does_not_match_is_named_and_leaves_the_model_as_it_was(tmp_path, change, message):
    arrays, made = weights(), model()
    before = [tensor.data.tobytes() for tensor in made.parameters()]
    change(arrays)
    save_file(arrays, tmp_path / "torch.safetensors")
    with pytest.raises(ValueError, match=message):
        load_state_dict(made, tmp_path / "torch.safetensors")
    assert [tensor.data.tobytes() for tensor in made.parameters()] == before


def with_prefix(prefix):
    return lambda arrays: {prefix + name: array for name, array in arrays.items()}


@pytest.mark.parametrize(
    "rename",
    [
        *map(with_prefix, ("module.", "_orig_mod.", "_orig_mod.module.", "module._orig_mod.")),
        lambda arrays: {name.upper(): array for name, array in arrays.items()},
        lambda arrays: {f"module.{name.title()}": array for name, array in arrays.items()},
    ],
    ids=range(6),
)
def test_names_match_without_prefixes_and_in_any_case(tmp_path, rename):
    made, expected = model(), model()
    save_file(weights(), tmp_path / "plain.safetensors")
    save_file(rename(weights()), tmp_path / "renamed.safetensors")
    load_state_dict(expected, tmp_path / "plain.safetensors")
    load_state_dict(made, tmp_path / "renamed.safetensors")
    for one, other in zip(made.parameters(), expected.parameters(), strict=True):
        assert np.array_equal(one.data, other.data)


@pytest.mark.parametrize(
    ("rename", "message"),
    [
        (lambda a: a | {"module.0.weight": a.pop("0.weight")}, "missing 0.weight; left over modul"),
        (lambda a: a | {"0.Weight": a["0.weight"]}, "missing nothing; left over 0.Weight"),
        (with_prefix("model."), "missing 0.bias, .*; left over model.0.bias"),
    ],
)
def test_names_that_match_only_in_part_do_not_match(tmp_path, rename, message):
    save_file(rename(weights()), tmp_path / "torch.safetensors")
    with pytest.raises(ValueError, match=message):
        load_state_dict(model(), tmp_path / "torch.safetensors")


def test_bfloat16_is_widened_exactly(tmp_path):
    arrays, made, expected = weights(), model(), model()
    halves = {name: array.astype(ml_dtypes.bfloat16) for name, array in arrays.items()}
    halves["0.bias"][:] = [np.inf, -0.0]
    save_file(halves, tmp_path / "bf16.safetensors")
    save_file(
        {name: array.astype(np.float32) for name, array in halves.items()},
        tmp_path / "f32.safetensors",
    )
    load_state_dict(made, tmp_path / "bf16.safetensors")
    load_state_dict(expected, tmp_path / "f32.safetensors")
    for one, other in zip(made.parameters(), expected.parameters(), strict=True):
        assert one.data.tobytes() == other.data.tobytes()


class Net:
    def __init__(self):
        self.fc1, self.head = Linear(3, 2), Sequential(ReLU(), Linear(2, 4, bias=False))

    def __call__(self, x):
        return self.head(self.fc1(x))


def test_attributes_have_the_names_of_pytorch(tmp_path):
    arrays, made, expected = weights(), Net(), model()
    names = {"0.weight": "fc1.weight", "0.bias": "fc1.bias", "2.0.weight": "head.1.weight"}
    save_file(arrays, tmp_path / "plain.safetensors")
    save_file({names[name]: array for name, array in arrays.items()}, tmp_path / "net.safetensors")
    load_state_dict(made, tmp_path / "net.safetensors")
    load_state_dict(expected, tmp_path / "plain.safetensors")
    x = Tensor(np.ones((2, 3)))
    assert np.array_equal(made(x).data, expected(x).data)
    with pytest.raises(TypeError, match="expects a model with Linears, got int"):
        load_state_dict(3, tmp_path / "net.safetensors")


def test_a_model_file_may_have_a_name_in_upper_case(tmp_path):
    save(model(), tmp_path / "MODEL.SAFETENSORS")
    assert repr(load(tmp_path / "MODEL.SAFETENSORS")) == repr(model())
    assert load_file(tmp_path / "MODEL.SAFETENSORS")


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"\xff" * 8 + b"{}"])
def test_a_file_of_another_kind_is_an_error_that_names_it(tmp_path, content):
    path = tmp_path / "torch.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"torch\.safetensors is not a safetensors file"):
        load_state_dict(model(), path)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.safetensors"):
        load_state_dict(model(), tmp_path / "missing.safetensors")


def test_without_safetensors_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r"pip install '.\[deploy\]'"):
        load_state_dict(model(), tmp_path / "x")


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_bit_for_bit(name, tmp_path):
    path, made, before = tmp_path / "m.safetensors", MODELS[name](), state(MODELS[name]())
    save(made, path)
    assert state(load(path)) == state(made) == before
    again = path.read_bytes()
    save(load(path), path)
    assert path.read_bytes() == again


def test_int8_weights_are_stored_as_int8_under_their_names(tmp_path):
    made = model()
    quantize_model(made)
    save(made, tmp_path / "m.safetensors")
    arrays = load_file(tmp_path / "m.safetensors")
    assert {name: array.dtype for name, array in arrays.items()} == {
        "0.q_weight": np.int8, "0.q_bias": np.int8, "2.q_weight": np.int8,
    }  # fmt: skip


def test_damage_is_a_value_error_or_the_same_model(tmp_path):
    path, made = tmp_path / "m.safetensors", MODELS["int8 calibrated"]()
    save(made, path)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    header = int.from_bytes(whole[:8], "little") + 8
    for number in range(1000):
        place = int(rng.integers(header))
        flipped = bytes([whole[place] ^ 1 << rng.integers(8)])
        cut = int(rng.integers(len(whole)))
        mutants = [whole[:place] + flipped + whole[place + 1 :], whole[:cut], whole[cut:]]
        path.write_bytes(mutants[number % 3])
        try:
            fine = isinstance(load(path), Sequential)
        except ValueError as error:
            fine = str(path) in str(error)
        assert fine, f"mutant {number}"


def test_a_file_of_weights_alone_is_no_model(tmp_path):
    save_file(weights(), tmp_path / "torch.safetensors")
    with pytest.raises(ValueError, match="there is load_state_dict"):
        load(tmp_path / "torch.safetensors")
