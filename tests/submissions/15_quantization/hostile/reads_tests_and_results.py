"""Looks for tests, results, other submissions, the home folder and secrets."""

import os
from pathlib import Path

AFTER_KEY = True
EARNS = 90
REASON = r"RuntimeError.*found \[\]"


def dequantize_int8(q_tensor, scale, zero_point):
    found = [name for name in os.environ if "SECRET" in name or name == "HOME"]
    wanted = (
        "test_15",
        "solution.py",
        "zz last",
        "private.txt",
        "quantization",
        "passwd",
        ".ipynb",
    )
    for top in ("/root", "/home", "/srv", "/tmp", "/var", "/etc", "/proc", "/stage", "/mnt"):
        for folder, folders, names in os.walk(top):
            if os.path.basename(folder).startswith("python3"):
                folders.clear()  # of Python and NumPy, which anyone may read
                continue
            found += [f"{folder}/{name}" for name in names if any(w in name for w in wanted)]
    for path in ("~/private.txt", "../zz last.py", "/proc/1/environ", "/proc/self/maps"):
        try:
            found.append(Path(path).expanduser().read_text()[:10])
        except (OSError, RuntimeError):
            continue
    raise RuntimeError(f"found {found}")
