"""Finds what students handed in, and reads it as bytes.

`files` finds the submissions of a class: `platforms` reads from the layout of a download who handed
in what, and `choice` chooses one file of each student. `unpacked` and `archives` unpack zip files,
whose names `zip_names` decodes, and `reading` reads a file. What the bytes mean is found out in a
sandbox, by `sandbox.inside.submission`.
"""
