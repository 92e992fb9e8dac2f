"""The lesson's own files are run by `test_toy_lesson.py`, and not collected."""

collect_ignore = ["module"]
