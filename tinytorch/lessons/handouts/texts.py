"""Texts of handouts: the templates of this folder, filled in by Jinja2."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tinytorch.lessons.handouts.notebooks import Sources


def text(template: str, sources: Sources, **values: Any) -> str:
    """Fill in a template of the folder `templates`.

    Args:
        template: its name.
        sources: the lesson, whose `name` and `title` a template may use.
        values: what else it uses.
    """
    environment = Environment(
        loader=PackageLoader("tinytorch.lessons.handouts"), undefined=StrictUndefined,
        autoescape=False, keep_trailing_newline=True, trim_blocks=True,
    )  # fmt: skip
    lesson = sources.lesson
    return environment.get_template(template).render(name=lesson.name, title=lesson.title, **values)
