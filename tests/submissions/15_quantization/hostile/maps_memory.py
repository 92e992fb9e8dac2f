"""Maps memory, shared with no one, until there is none."""

import mmap

AFTER_KEY = True
EARNS = 95
REASON = r"OSError.*memory|MemoryError|longer than"


def analyze_model_sizes(original, quantized):
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 64 << 20))
        kept[-1].write(bytes(64 << 20))
