"""Writes into every folder that it can see, and next to itself."""

import os
import tempfile

AFTER_KEY = True
EARNS = 90
REASON = r"RuntimeError.*wrote to \[\]"


def dequantize_int8(q_tensor, scale, zero_point):
    wrote = []
    for top in ("/", "/stage", "/usr/lib", "/etc", "/dev", "/lib", "/srv", "/home", "/root"):
        for folder, folders, _ in os.walk(top):
            if folder.startswith(("/private", "/tmp", "/proc")) or folder.count("/") > 4:
                folders.clear()
                continue
            try:
                tempfile.TemporaryFile(dir=folder).close()
                wrote.append(folder)
            except OSError:
                continue
            if len(wrote) > 5:
                break
    raise RuntimeError(f"wrote to {wrote}")
