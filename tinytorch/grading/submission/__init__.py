"""From what students hand in to the statements that define their answers; nothing is executed.

`files` finds the submissions of a class, `archives` unpacks a zip file of them, `reading` turns a
notebook or script into cells. `parsing` makes Python of a cell, without what `magics` takes out of
it, and `definitions` chooses the statements that count, by the `names` that they bind and use.
"""
