"""Pages of HTML: the templates of this folder, filled in by Jinja2 with everything escaped.

A page is one file without scripts that loads nothing. Much of its text is the students' own.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("tinytorch.grading.reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def render(template: str, **values: Any) -> str:
    """Fill in a template of the folder `templates`; returns HTML."""
    return _environment().get_template(template).render(**values)
