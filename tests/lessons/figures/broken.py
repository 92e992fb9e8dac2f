"""Students' code with a mistake each, and the exercise that its figures must name."""

import inspect
import linecache
from pathlib import Path
from typing import NamedTuple

from tinytorch import experiments

ROOT = Path(__file__).parents[3]
NOTEBOOK = ROOT / "modules" / "15_quantization" / "15_quantization.py"
SOLUTION = ROOT / "tests" / "submissions" / "15_quantization" / "solution.py"


class Broken(NamedTuple):
    """A mistake.

    Attributes:
        code: replaces definitions of the answer key.
        exercise: that is named by figures which take a function of it.
        taken: what such figures take.
        words: of the sentence.
    """

    code: str
    exercise: str
    taken: tuple[str, ...]
    words: str


LAYER = ("QuantizedLinear", "quantize_model")
LATER = ("quantize_model",)


def in_layer(method, body):
    """Code that replaces a method of the layer; its parameters are whatever comes."""
    return f"def {method}(self, *given):\n    {body}\nQuantizedLinear.{method} = {method}\n"


def quantize(result):
    """A quantize_int8 that starts from right codes, scale and zero_point."""
    return (
        "right = quantize_int8\n"
        "def quantize_int8(tensor):\n"
        "    codes, scale, zero_point = right(tensor)\n"
        f"    return {result}\n"
    )


def after_init(statement):
    """A layer in which something is done once it is made."""
    return (
        "made = QuantizedLinear.__init__\n"
        "def __init__(self, layer):\n"
        "    made(self, layer)\n"
        f"    {statement}\n"
        "QuantizedLinear.__init__ = __init__\n"
    )


def sizes(change):
    return (
        "right_sizes = analyze_model_sizes\n"
        "def analyze_model_sizes(original, quantized):\n"
        "    sizes = right_sizes(original, quantized)\n"
        f"    {change}\n"
        "    return sizes\n"
    )


ONE = ("quantize_int8", ("quantize_int8",))
TWO = ("dequantize_int8", ("dequantize_int8",))
THREE = ("QuantizedLinear", LAYER)
FIVE = ("quantize_model", LATER)
SIX = ("analyze_model_sizes", ("analyze_model_sizes",))
BIAS = ("integers", ("quantize_bias",))
INTEGERS = ("integers", ("integer_linear",))
COPY = "import copy\ndef quantize_model(model, data=None):\n    "

BROKEN = {
    "codes None": Broken("def quantize_int8(tensor): pass", *ONE, "returned None"),
    "codes only": Broken(quantize("codes"), *ONE, "returned a Tensor"),
    "codes two": Broken(quantize("codes, scale"), *ONE, "returned a tuple of 2"),
    "codes float32": Broken(
        quantize("Tensor(codes.data.astype(np.float32)), scale, zero_point"), *ONE, "float32"
    ),
    "codes array": Broken(quantize("codes.data, scale, zero_point"), *ONE, "Tensor was expected"),
    "codes flat": Broken(
        quantize("Tensor(codes.data.ravel()[:-1]), scale, zero_point"), *ONE, "shape"
    ),
    "scale zero": Broken(quantize("codes, 0.0, zero_point"), *ONE, "is 0, where"),
    "scale NaN": Broken(quantize("codes, np.nan, zero_point"), *ONE, "is nan, where"),
    "scale text": Broken(quantize("codes, 'scale', zero_point"), *ONE, "is a str, where"),
    "zero point far": Broken(quantize("codes, scale, 300"), *ONE, "is 300, where"),
    "codes raise": Broken(quantize("1 / 0"), *ONE, 'in the line "return 1 / 0"'),
    "codes of two": Broken("def quantize_int8(a, b): pass", *ONE, "raised TypeError"),
    "codes no function": Broken("quantize_int8 = 3", *ONE, "not callable"),
    "restored None": Broken("def dequantize_int8(q, s, z): pass", *TWO, "is None, where"),
    "restored NaN": Broken(
        "def dequantize_int8(q, s, z): return Tensor(q.data * np.float32(np.nan))", *TWO, "NaN"
    ),
    "restored integers": Broken("def dequantize_int8(q, s, z): return q", *TWO, "is int8, where"),
    "restored flat": Broken(
        "def dequantize_int8(q, s, z): return Tensor([1.5])", *TWO, "the shape of what"
    ),
    "forward None": Broken(in_layer("forward", "pass"), *THREE, "is None, where"),
    "forward array": Broken(
        in_layer("forward", "return np.zeros((1, 1))"), *THREE, "is a NumPy array, where"
    ),
    "forward shape": Broken(
        in_layer("forward", "return Tensor(np.zeros((3, 2, 1)))"), *THREE, "shape of the output"
    ),
    "forward NaN": Broken(
        in_layer("forward", "return Tensor(np.full((*given[0].shape[:-1], self.out_features),"
                 " np.nan, np.float32))"), *THREE, "values of the output"
    ),
    "forward raises": Broken(
        in_layer("forward", "raise KeyError('weight')"), *THREE, "raised KeyError"
    ),
    "no __call__": Broken("del QuantizedLinear.__call__", *THREE, "not callable"),
    "no weight_scale": Broken(
        after_init("del self.weight_scale"), *THREE, "has no attribute weight_scale"
    ),
    "no out_features": Broken(
        after_init("del self.out_features"), *THREE, "has no attribute out_features"
    ),
    "layer float32": Broken(
        after_init("self.q_weight = Tensor(self.q_weight.data.astype(np.float32))"),
        *THREE,
        "the dtype of q_weight",
    ),
    "layer transposed": Broken(
        after_init("self.q_weight = Tensor(np.zeros((5, 3), np.int8))"), *THREE, "(5, 3), where"
    ),
    "layer raises": Broken(after_init("self.weight.codes"), *THREE, "raised AttributeError"),
    "zero point float": Broken(
        after_init("self.weight_zero_point = float(self.weight_zero_point)"), *THREE[:1], (), ""
    ),
    "calibrate nothing": Broken(
        in_layer("calibrate", "pass"), "calibrate", (), "after calibration, input_scale"
    ),
    "calibrate raises": Broken(
        in_layer("calibrate", "return given[0].shape"), "calibrate", (), "raised AttributeError"
    ),
    "no calibrate": Broken("del QuantizedLinear.calibrate", "calibrate", (), ""),
    "model stays": Broken(f"{COPY}pass", *FIVE, "left layer 0 a Linear"),
    "model copied": Broken(
        f"right_model = quantize_model\n{COPY}model = copy.deepcopy(model)\n"
        "    right_model(model, data)\n    return model",
        *FIVE,
        "returned a Sequential and left layer 0 a Linear",
    ),
    "model half": Broken(
        f"{COPY}model.layers[1:] = [QuantizedLinear(each) if isinstance(each, Linear) else each"
        " for each in model.layers[1:]]",
        *FIVE,
        "left layer 0 a Linear",
    ),
    "model shorter": Broken(f"{COPY}model.layers = model.layers[:0]", *FIVE, "left 0 layers"),
    "model without layers": Broken(f"{COPY}model.layers = None", *FIVE, "without a list"),
    "model raises": Broken(f"{COPY}raise RuntimeError", *FIVE, "raised RuntimeError"),
    "model of other layers": Broken(
        f"{COPY}model.layers = [3 for layer in model.layers]", *FIVE, "put an int in"
    ),
    "bias None": Broken("def quantize_bias(*given): pass", *BIAS, "is None, where"),
    "bias in float32": Broken(
        "def quantize_bias(bias, scale): return Tensor(bias.data / scale)", *BIAS,
        "is float32, where int32",
    ),
    "outputs in int32": Broken(
        "def integer_linear(x, zero, weight, *given):\n"
        "    return Tensor(x.data.astype(np.int32) @ weight.data)", *INTEGERS,
        "is int32, where int8",
    ),
    "outputs raise": Broken(
        "def integer_linear(*given): raise OverflowError", *INTEGERS, "raised OverflowError"
    ),
    "sizes None": Broken("def analyze_model_sizes(a, b): pass", *SIX, "returned None"),
    "sizes key": Broken(sizes("del sizes['memory_saved_mb']"), *SIX, 'no key "memory_saved_mb"'),
    "sizes NaN": Broken(sizes("sizes['compression_ratio'] = np.nan"), *SIX, "is nan, where"),
    "sizes zero": Broken(sizes("sizes['quantized_bytes'] = 0"), *SIX, "more than 0"),
    "sizes text": Broken(sizes("sizes['original_bytes'] = '4 kB'"), *SIX, "is a str, where"),
    "sizes raise": Broken(sizes("1 / 0"), *SIX, 'raised ZeroDivisionError (division by zero)'),
}  # fmt: skip


def definitions(code=""):
    """What a notebook with the answer key and then this code defines."""
    names = {"__name__": "notebook"}
    for position, part in enumerate((SOLUTION.read_text(encoding="utf-8"), code)):
        # Lines of cells are known as they are in a notebook.
        file = f"/notebook/{position}-{hash(part)}.py"
        linecache.cache[file] = (len(part), None, part.splitlines(keepends=True), file)
        exec(compile(part, file, "exec"), names)
    return names


def draw(figure, **given):
    """Call a figure; what it takes besides students' functions comes from the notebook."""
    function = getattr(experiments, figure)
    if "quantize_file" in inspect.signature(function).parameters:
        (cell,) = [
            source for source in NOTEBOOK.read_text(encoding="utf-8").split("\n# %%")
            if "def quantize_file(" in source
        ]  # fmt: skip
        exec(cell.partition("\nexperiments.")[0], notebook := {})
        given["quantize_file"] = notebook["quantize_file"]
    return function(**given)


def taken(figure):
    """The functions of a student that a figure takes, by their names."""
    parameters = inspect.signature(getattr(experiments, figure)).parameters
    exercises = {each for broken in BROKEN.values() for each in broken.taken}
    return [name for name in parameters if name in exercises]
