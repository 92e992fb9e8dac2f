"""Gives a dict whose keys, order and length change as one looks."""

import itertools

AFTER_KEY = True
EARNS = 95
REASON = r"the dict has no|where a dict was expected|raised \w+"


class Shifty(dict):
    turns = itertools.count()

    def items(self):
        number = next(self.turns)
        return [(f"quantized_bytes{number}", 5), (("a", 1), 5), ("", self)][: number % 3]

    def __contains__(self, key):
        return True

    def __getitem__(self, key):
        return 5


def analyze_model_sizes(original, quantized):
    return Shifty(original_bytes=1)
