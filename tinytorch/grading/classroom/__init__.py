"""Grades a class: `run` decides what is done and kept; `pool` and `worker` do it elsewhere."""
