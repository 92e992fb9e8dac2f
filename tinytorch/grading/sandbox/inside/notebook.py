"""What a notebook has and a sandbox does not: IPython's own names, and libraries for the eyes.

An exercise that also shows something is right all the same. So `display`, `get_ipython` and all of
Matplotlib are there and do nothing; a progress bar hands its values through; and a module that a
cell has written with `%%writefile` can be imported.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import linecache
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any

# Of packages that are not here; what is installed is imported as it is.
SHOWING = frozenset(
    [
        *("IPython", "altair", "bokeh", "ipywidgets", "matplotlib", "plotly", "pylab", "rich"),
        *("seaborn", "tqdm"),
    ]
)
WRITTEN = "__written__"  # the function that stands for %%writefile


class Nothing:
    """Takes every call, attribute, item and context, and does nothing."""

    def __call__(self, *values: Any, **options: Any) -> Nothing:
        """Do nothing."""
        return self

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Nothing:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def __iter__(self) -> Iterator[Nothing]:
        return iter((self, self))  # figure, axes = plt.subplots()


class _Module(types.ModuleType):
    """A module in which every name is Nothing, but for progress bars."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Progress() if name in ("tqdm", "trange", "track") else Nothing()


class _Progress(Nothing):
    """A progress bar: called with values, it gives what these are."""

    def __init__(self, values: Any = ()) -> None:
        self._values = values

    def __call__(self, values: Any = (), *_: Any, **__: Any) -> _Progress:
        return _Progress(range(values) if isinstance(values, int) else values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class _Finder:
    """Finds the modules of SHOWING; it is asked after all others."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in SHOWING:
            return None
        return importlib.util.spec_from_loader(
            name,
            _Loader(),  # type: ignore[arg-type]
            is_package=True,
        )


class _Loader:
    @staticmethod
    def create_module(spec: importlib.machinery.ModuleSpec) -> _Module:
        return _Module(spec.name)

    @staticmethod
    def exec_module(module: types.ModuleType) -> None:
        return None


def _written(name: str, source: str) -> types.ModuleType:
    """The module that a file of a cell is."""
    module = types.ModuleType(name)
    file = f"{name}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    sys.modules[name] = module
    exec(compile(source, file, "exec"), module.__dict__)
    return module


def install() -> None:
    """Put all of it in place, for this process."""
    builtins.display = Nothing()  # type: ignore[attr-defined]
    builtins.get_ipython = Nothing()  # type: ignore[attr-defined]
    setattr(builtins, WRITTEN, _written)
    sys.meta_path.append(_Finder)  # type: ignore[arg-type]
