"""Raises what ends processes, one kind after the other."""

AFTER_KEY = True
EARNS = 77
REASON = r"raised|ended|exit"


kinds = [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, RecursionError, StopIteration]


def quantize_int8(tensor):
    raise kinds[tensor.data.size % len(kinds)]("no")
