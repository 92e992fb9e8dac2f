"""Finds what students handed in, and reads it as bytes.

`files` finds the submissions of a class, `archives` unpacks a zip file of them, and `reading` reads
one. What the bytes mean is found out in a sandbox, by `sandbox.inside.submission`.
"""
