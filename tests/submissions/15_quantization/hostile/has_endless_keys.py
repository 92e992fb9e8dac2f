"""Returns a dict with thousands of long keys."""

AFTER_KEY = True
EARNS = 95
REASON = r"the dict has no"


def analyze_model_sizes(original, quantized):
    return {f"{number}{'x' * 100}": 1 for number in range(5000)}
