"""Makes the executor give one and the same pleasant answer to whatever is asked."""

from tinytorch.grading.sandbox.inside.codec import pack
from tinytorch.grading.sandbox.inside.executor import Executor

EARNS = 0
REASON = r"where .* was expected|came where a layer"


def pleasant(self, request):
    return pack({"value": 200})


Executor.answer = pleasant
choose_qparams = quantize_int8 = dequantize_int8 = QuantizedLinear = Executor
q3_images, q3_coarser = 200, 10
