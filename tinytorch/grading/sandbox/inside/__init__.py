"""All of tinytorch that enters a sandbox, besides `tinytorch.core`; it imports nothing else.

`fork_server` waits for sessions and forks a `worker` for each, which runs a submission's statements
and passes requests to the `executor`; or it looks for the statements in a file, by `submission`.
`restrictions` takes rights away first. `protocol` says what a message is, `codec` turns values into
messages and back, and `channel` sends them; the grader's side uses these three as well.
"""
