"""Runs student code out of reach of everything, as far as the system allows.

`sandbox` gives sessions: a process in which a submission's statements were run and which answers
requests. `session` is the grader's end of one, `processes` starts and ends them, `launcher` chooses
how they are isolated, `rootfs` what they get to see, and `memory` measures them from outside.
`inside` is all that enters.
"""
