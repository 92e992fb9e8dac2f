"""Never answers, and never comes back to the interpreter."""

AFTER_KEY = True
EARNS = 95
REASON = r"longer than"


def analyze_model_sizes(original, quantized):
    return sum(iter(int, 1))
