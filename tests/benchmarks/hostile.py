"""Time a class of 100 of which 30 are hostile beside one in which none is: python hostile.py.

Both are graded at the default limits, with two jobs, within the containment of the red team; it
needs Linux. The hostile ones are every third of tests/submissions, so some of them loop for ever.
"""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from redteam import containment
from redteam.test_hostile import constants
from samples import KEY, files_in

STUDENTS, HOSTILE = 100, 30


def hand_in(folder, hostile):
    """Write a class; returns its folder."""
    folder.mkdir()
    for path in files_in("hostile")[::3][:hostile]:
        parts = [KEY.read_text(encoding="utf-8")] * constants(path)["AFTER_KEY"]
        text = "\n# %%\n".join([*parts, path.read_text(encoding="utf-8")])
        (folder / path.name).write_text(text, encoding="utf-8")
    for number in range(STUDENTS - hostile):
        shutil.copy(KEY, folder / f"honest_{number}.py")
    return folder


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = []
        for hostile in (0, HOSTILE):
            submitted = hand_in(folder / f"class_{hostile}", hostile)
            results = folder / f"results_{hostile}"
            done = containment.grade_class(folder, submitted, results, options=())
            assert done["status"] == 0, done
            seconds.append(done["seconds"])
    honest, mixed = seconds
    print(f"{STUDENTS} honest submissions: {honest:.0f} s")
    print(f"{HOSTILE} of them hostile: {mixed:.0f} s, {mixed / honest:.1f} times as long")


if __name__ == "__main__":
    main()
