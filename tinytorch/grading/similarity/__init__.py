"""Finds definitions that several students handed in, or that equal known answers: never points.

`forms` reads what is compared, in the sandbox; `comparison` finds what is alike; `pages` writes it
down for the instructor, who decides what it means.
"""
