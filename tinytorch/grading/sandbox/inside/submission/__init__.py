"""From the bytes of a submission to the statements that define its answers; none is executed.

`cells` cuts a notebook or script into cells. `parsing` makes Python of a cell, without what
`magics` takes out of it, and `definitions` chooses the statements that count, by the `names` that
they bind and use. `code` is what comes out.
"""
