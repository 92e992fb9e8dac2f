"""Runs student code out of reach of everything, as far as the system allows.

`sandbox` gives sessions: a process in which a submission's statements were run and which answers
requests. `session` is the grader's end of one, and `replies` checks what it sends. `fork_server`
and `processes` start and end processes, `launcher` chooses how they are isolated, `rootfs` what
they get to see, `procfs` measures them from outside, and `workspace` has their temporary files.
`inside` is all that enters.
"""
