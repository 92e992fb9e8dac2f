"""The autograder: it runs what students hand in, and says what it is worth and why.

How a submission is graded, from the outside to the inside:

- `lesson` is all that the grader knows of a lesson: data, handed in by `tinytorch.lessons`. Nothing
  here imports a lesson.
- `classroom` grades a folder of submissions with several processes, and goes on where it stopped.
- `runner` runs the lesson's suite, which is pytest, for one submission. `plugin` hands each of its
  tests to a `grading_session`, which adds up points and grades a later exercise with right versions
  of wrong earlier ones ("error carried forward").
- The tests see a `client`: methods that send arrays and numbers, and check what comes back
  (`checks`). Behind it is one of two `backends`: definitions in this process, for a notebook's
  `check`, or a sandbox.
- `submission` finds the files of a class and reads them as bytes.
- `sandbox` finds the statements in them that define the answers, and runs these. Only
  `sandbox.inside` gets there, with NumPy and a copy of `tinytorch.core` and the data sets.
- `reports` turns results into tables, JSON and pages.

What the grader assumes (the threat model): a submission may do anything. It may loop, crash, take
all memory, forge messages, look for solutions and tests, and try to change files or results. So
student code never runs where the grade is decided. Each exercise has a process of its own, with
limits, and is killed afterwards; each submission has its
time and memory once. What comes from it is bytes: parsed within limits, never unpickled
or executed, and checked for its type, shape and size. No solution is where student code is: proxies
ask for right results here. Files are untrusted as well. What a system cannot enforce is said in
every report (`Sandbox.not_enforced`). Not covered are holes in the kernel, bubblewrap, Python and
NumPy, and what can be told from timing; `check` in a notebook is advice, not a grade.
"""
