"""The lessons: `check` for students, `release` for instructors."""

from tinytorch.lessons.check import check
from tinytorch.lessons.release import release

__all__ = ["check", "release"]
