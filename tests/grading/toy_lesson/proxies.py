"""What replaces exercise 1 while exercise 2 is graded, where the submission runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def reference_proxies(
    names: Sequence[str], namespace: Mapping[str, Any], ask: Callable[..., Any]
) -> dict[str, Any]:
    return {name: lambda celsius, name=name: ask(name, celsius) for name in names}
