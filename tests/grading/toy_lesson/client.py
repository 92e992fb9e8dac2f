"""What the suite sees of a submission."""

import numpy as np

from tinytorch.grading.checks import as_array, as_number, tensor
from tinytorch.grading.client import SubmissionClient


class TemperatureSubmission(SubmissionClient):
    def to_fahrenheit(self, celsius) -> np.ndarray:
        came = self.call("to_fahrenheit", tensor(celsius))
        return as_array(came, "to_fahrenheit returned", np.shape(celsius))

    def warmest(self, celsius) -> float:
        return as_number(self.call("warmest", tensor(celsius)), "warmest returned")
