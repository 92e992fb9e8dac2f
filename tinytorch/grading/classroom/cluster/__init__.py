"""Grades a class on a Dask cluster: `connection` finds workers, `executor` gives them tasks."""
