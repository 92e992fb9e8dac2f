"""The lessons: `check`, `hint` and `my_work` for students, `start` and `release` hand them out."""

from tinytorch.lessons.check import check
from tinytorch.lessons.hint import hint
from tinytorch.lessons.release import release, start
from tinytorch.lessons.work import my_work

__all__ = ["check", "hint", "my_work", "release", "start"]
