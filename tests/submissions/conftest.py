"""Submissions are read by tests and hold none: pytest must not import them to look."""

collect_ignore_glob = ["*"]
