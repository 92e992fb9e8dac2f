"""The lesson on INT8 quantization: what it asks for, what is right, and the figures it draws.

`exercises` lists what students write, `reference` has the right results, `proxies` replaces wrong
earlier exercises while a later one is graded, `client` is what the suite sees of a submission.
"""

from tinytorch.grading.lesson import Lesson
from tinytorch.lessons.folders import module_folder
from tinytorch.lessons.quantization.client import QuantizationSubmission
from tinytorch.lessons.quantization.exercises import EXERCISES
from tinytorch.lessons.quantization.proxies import reference_proxies
from tinytorch.lessons.quantization.reference import (
    carry_forward_plan,
    reference_namespace,
    reference_service,
)

LESSON = Lesson(
    name="15_quantization",
    title="quantization",
    folder=module_folder("15_quantization"),
    exercises=EXERCISES,
    client=QuantizationSubmission,
    reference=reference_namespace,
    proxies=reference_proxies,
    service=reference_service,
    carry_forward_plan=carry_forward_plan,
)
