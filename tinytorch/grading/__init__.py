"""Grading of the lessons: pytest suites with points that talk to a submission at arm's length.

`workshop` runs a student's definitions, `suite` is what the tests see of them, `exercises` says
what a lesson asks for, `runner` runs a suite, `report` adds up the points.
"""
