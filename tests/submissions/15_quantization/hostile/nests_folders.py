"""Makes folders inside folders, by the thousand."""

import os

AFTER_KEY = True
EARNS = 95
REASON = r"nested \d+ folders|OSError|longer than"


def analyze_model_sizes(original, quantized):
    made = 0
    try:
        for _ in range(5000):
            os.mkdir("d")
            os.chdir("d")
            made += 1
    finally:
        raise RuntimeError(f"nested {made} folders")
