"""Returns the sizes of the shipped digit network, whatever the models are."""

EXERCISE = "analyze_model_sizes"
MESSAGE = r"original_params is 6570 for a model of \d+ parameters"


def analyze_model_sizes(original, quantized):
    return {
        "original_params": 6570,
        "quantized_params": 6570,
        "original_bytes": 26280,
        "quantized_bytes": 6618,
        "compression_ratio": 26280 / 6618,
        "memory_saved_mb": 0.019662,
        "memory_saved_percent": 74.8,
    }
