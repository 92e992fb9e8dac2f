"""Time the comparison of 500 submissions, none of which equals another: python similarity.py.

Every one has the answer key's definitions, each with a number of edits of its own: all are near
enough to meet many others in a bucket, which is the hardest case.
"""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from samples import KEY, LESSON

from tinytorch.grading.sandbox.inside.submission.forms import Form
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.grading.similarity.comparison import groups, pairs

STUDENTS = 500


def edited(form, rng):
    tokens = list(form.tokens)
    for _ in range(rng.randrange(1, 30)):
        tokens[rng.randrange(len(tokens))] = str(rng.random())
    return Form(form.source, tokens)


def main():
    rng = random.Random(1)
    with Sandbox() as sandbox:
        content = KEY.read_bytes()
        started = time.perf_counter()
        key = sandbox.forms(content, ".py", LESSON.defined_names)
        print(f"reading one in the sandbox: {time.perf_counter() - started:.3f} s")
    students = {
        f"s{number}": {name: edited(form, rng) for name, form in key.items()}
        for number in range(STUDENTS)
    }
    for kind, known in (("edited", students), ("all the same", dict.fromkeys(students, key))):
        started = time.perf_counter()
        found = groups(known, {"the key": key}, {})
        pairs(found)
        print(f"comparing {STUDENTS}, {kind}: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
