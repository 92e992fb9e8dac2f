"""Runs attacks by one method, and prints what came of each: `test_isolation.py` starts it."""

import json
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

import numpy

from tinytorch.grading.sandbox import launcher, rootfs
from tinytorch.grading.sandbox.sandbox import Sandbox


def processes():
    return sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def files(host):
    return sorted(str(path) for path in Path(host).rglob("*"))


def main(method, host, filtered):
    if filtered == "unfiltered":
        command = launcher.command
        launcher.command = lambda *these, **those: command(*these, **{**those, "filter": False})
    os.environ["SECRET"] = "1"
    tempfile.tempdir = host
    rootfs.copy_of_library()
    before, there = processes(), files(host)
    masks = [target for kind, _, target in rootfs.mounts() if kind == "mask"]
    results = {}
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = {
            "PORT": str(server.getsockname()[1]),
            "NUMPY": str(Path(numpy.__file__).parent),
            "MASK": masks[0],
            "HOST": host,
        }
        with Sandbox(method=method, memory=256 << 20, seconds=0.6) as box:
            for name, source in json.load(sys.stdin).items():
                for word, meant in words.items():
                    source = source.replace(word, meant)
                began = time.time()
                with box.session([("cell 1", 1, source)]) as session:
                    first = session.answer({"do": "call", "target": "attack", "arguments": []})
                    again = session.answer({"do": "look_up", "name": "ok"})
                    failure = session.failure
                honest = "import os, math\nok = os.listdir('.') == []\nat = os.stat('.').st_mtime"
                ended = time.time()
                time.sleep(0.02)  # times of files are some milliseconds behind
                with box.session([("cell 1", 1, honest)]) as session:
                    after = session.answer({"do": "look_up", "name": "ok"})
                    at = session.answer({"do": "look_up", "name": "at"})["value"]
                came = first.get("error", first.get("value"))
                results[name] = {
                    "came": came,
                    "message": first.get("message"),
                    "after": after,
                    "traces": began <= at <= ended,
                    "same": failure is None or again == failure,
                }
    deadline = time.monotonic() + 5
    while processes() != before and time.monotonic() < deadline:
        time.sleep(0.01)
    left = {"processes": len(processes()) - len(before), "files": sorted({*files(host)} - {*there})}
    print(json.dumps({"results": results, "left": left}))


if __name__ == "__main__":
    main(*sys.argv[1:])
