"""Hostile code, by what it does, and what may come of it where it runs."""

import os
import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Numbers of system calls.
X86 = platform.machine() == "x86_64"
SCHED_SETATTR, TIMER_CREATE, PRCTL = (314, 222, 157) if X86 else (274, 107, 167)

# What an attack must come to: an error of the session, an exception's name, or a value.
ENDED = {"Crashed", "TimeLimit", "Malformed"}
ATTACKS = {
    "kills everything": ("os.kill(-1, 9)", {"PermissionError", *ENDED}),
    "kills its parent": ("os.kill(os.getppid(), 9)", {"PermissionError", *ENDED}),
    "kills process 1": ("os.kill(1, 9)", {"PermissionError", *ENDED}),
    "stops its parent": ("os.kill(os.getppid(), 19)", {"PermissionError", *ENDED}),
    "stops itself": ("os.kill(os.getpid(), 19)", {"PermissionError"}),
    "kills itself": ("os.kill(os.getpid(), 9)", {"PermissionError"}),
    "signals the owner of a file": (
        "import fcntl; fcntl.fcntl(3, fcntl.F_SETOWN, os.getppid())", {"PermissionError"},
    ),
    "chooses the signal of a file": (
        "import fcntl; fcntl.fcntl(3, fcntl.F_SETSIG, 9)", {"PermissionError"},
    ),
    "asks for signals by ioctl": (
        "import fcntl; fcntl.ioctl(3, 0x5452, bytes(8))", {"PermissionError"},
    ),
    "slows its parent": ("os.setpriority(0, os.getppid(), 19)", {"PermissionError"}),
    "schedules its parent": (f"return refused({SCHED_SETATTR}, os.getppid())", {True}),
    "makes a timer": (f"return refused({TIMER_CREATE}, 0)", {True}),
    "takes another name": (f"return refused({PRCTL}, 15)", {True}),
    "calls what future kernels have": ("return refused(9999, 0)", {False}),
    "keeps data in a pipe": ("os.pipe()", {"PermissionError"}),
    "changes modes": ("os.chmod('.', 0)", {"PermissionError"}),
    "changes times": ("os.utime('.', (1, 1))", {"PermissionError"}),
    "changes owners": ("os.chown('.', 0, 0)", {"PermissionError"}),
    "leaves notes in attributes": ("os.setxattr('.', 'user.x', b'1')", {"PermissionError"}),
    "leaves notes in times": ("os.mkdir('x'); os.rmdir('x'); return 1", {1}),
    "links": ("os.link('NUMPY/__init__.py', 'x')", {"PermissionError"}),
    "links to elsewhere": ("os.symlink('/etc/passwd', 'x')", {"PermissionError"}),
    "makes a million files": (
        "for i in range(10**6): open(str(i), 'w').close()", {"OSError"},
    ),
    "leaves": ("os._exit(0)", {"Crashed"}),
    "exits": ("sys.exit(0)", {"SystemExit"}),
    "crashes": ("import ctypes; ctypes.string_at(0)", {"Crashed"}),
    "aborts": ("os.abort()", {"Crashed"}),
    "never ends": ("while True: pass", {"TimeLimit"}),
    "never ends and ignores signals": (
        "import signal\n    signal.signal(15, signal.SIG_IGN)\n    while True: pass",
        {"TimeLimit"},
    ),
    "never ends in C": ("sum(iter(int, 1))", {"TimeLimit"}),
    "sleeps": ("import time; time.sleep(60)", {"TimeLimit"}),
    "recurses": (
        "sys.setrecursionlimit(10**9); f = lambda: f(); f()",
        {"Crashed", "MemoryError", "TimeLimit"},
    ),
    "takes 10 GB": ("return bytearray(10 << 30)", {"MemoryError"}),
    "takes 10 GB slowly": ("x = []\n    while True: x.append(bytes(1 << 20))", {"MemoryError"}),
    "takes 10 GB with NumPy": (
        "import numpy; numpy.ones(10 << 27)", {"MemoryError", "_ArrayMemoryError"},
    ),
    "takes memory as files": ("os.memfd_create('x')", {"PermissionError"}),
    "raises its limits": (
        "import resource; resource.setrlimit(7, (9999, 9999))",
        {"ValueError", "PermissionError"},
    ),
    "fills a file": ("open('x', 'wb').write(bytes(200 << 20))", {"OSError"}),
    "fills the disk": (
        "for i in range(10): open(str(i), 'wb').write(bytes(8 << 20))",
        {"OSError"},
    ),
    "leaves a file": ("open('x', 'w').close(); return 1", {1}),
    "nests folders": (
        "for i in range(3000): os.mkdir('d'); os.chdir('d')\n    return 1",
        {1, "OSError", *ENDED},
    ),
    "forks for ever": ("while True: os.fork()", {"PermissionError", "BlockingIOError"}),
    "leaves a daemon": (
        "if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
        "            import time; time.sleep(99)\n        os._exit(0)",
        {"PermissionError", "BlockingIOError"},
    ),
    "starts a program": (
        "import subprocess; subprocess.run(['/bin/sh'])",
        {"PermissionError", "BlockingIOError", "FileNotFoundError"},
    ),
    "starts a thread": (
        "import threading; threading.Thread(target=print).start()", {"RuntimeError"},
    ),
    "becomes another program": (
        "os.execv(sys.executable, [sys.executable, '-c', 'pass'])", {"PermissionError", *ENDED},
    ),
    "makes a namespace": (
        "import ctypes; c = ctypes.CDLL(None, use_errno=True)\n"
        "    return c.unshare(0x10000000) or 0 * ctypes.get_errno()",
        {-1},
    ),
    "prints for ever": ("while True: os.write(1, bytes(1 << 20))", {"TimeLimit"}),
    "prints much": ("for i in range(10**9): print('x' * 10**6)", {"MemoryError", "TimeLimit"}),
    "writes nonsense to the socket": ("os.write(3, b'nonsense' * 99)", {"Malformed"}),
    "announces too much": ("os.write(3, bytes([0, 0, 0, 2]) + b'\\xff' * 8)", {"Malformed"}),
    "announces and waits": (
        "os.write(3, bytes([0, 0, 0, 9]) + bytes(8))\n    while True: pass", {"TimeLimit"},
    ),
    "answers byte by byte": (
        "import time\n    os.write(3, bytes([0, 0, 9, 9]) + bytes(8))\n"
        "    while True: os.write(3, b' '); time.sleep(0.05)", {"TimeLimit"},
    ),
    "sends deep lists": (
        "d = b'[' * 99999 + b']' * 99999\n"
        "    os.write(3, len(d).to_bytes(4, 'big') + bytes(8) + d)", {"Malformed"},
    ),
    "sends objects": (
        "d = b'{\"dict\": [[\"value\", {\"tensor\": [\"|O8\", [1]]}]]}'\n"
        "    os.write(3, len(d).to_bytes(4, 'big') + (8).to_bytes(8, 'big') + d + bytes(8))",
        {"Malformed"},
    ),
    "closes the socket": ("os.close(3)\n    while True: pass", {"Crashed"}),
    "reads memory of process 1": ("open('/proc/1/mem', 'rb').read(1)", {"FileNotFoundError"}),
    "reads the environment of process 1": (
        "open('/proc/1/environ', 'rb').read(1)", {"FileNotFoundError"},
    ),
    "traces its parent": (
        "import ctypes; return ctypes.CDLL(None).ptrace(16, os.getppid(), None, None)", {-1},
    ),
    "finds secrets in the environment": ("return 'SECRET' in os.environ", {False}),
    "finds modules": (
        "found = []\n    for name in ('pytest', 'tinytorch.perf', 'tinytorch.lessons.check',"
        " 'tinytorch.lessons.quantization.reference'):\n"
        "        try: __import__(name); found.append(name)\n"
        "        except (ImportError, OSError): pass\n    return str(found)", {"[]"},
    ),
    "finds the reference in memory": (
        "import gc\n    return sum('_right' in str(x) or 'reference' in str(x) for x in"
        " gc.get_objects() if type(x).__name__ == 'module')", {0},
    ),
    # Others than root are in a namespace where they are named root, here.
    "is root": ("return os.getuid() == 0", {False, getattr(os, "geteuid", int)() != 0}),
    "connects": (
        "import socket; socket.create_connection(('127.0.0.1', PORT), 1)",
        {"PermissionError", "OSError"},
    ),
}  # fmt: skip
# Not ROOT itself: a virtual environment in it has NumPy, so that the path leads to that alone.
PLACES = ("/root", "/etc/passwd", "/home", "/proc", "/sys", "/var", __file__)
for path in (*PLACES, *(str(ROOT / name) for name in ("tests", "tinytorch", "modules", ".git"))):
    ATTACKS[f"looks for {path}"] = (f"return {path!r} in seen({path!r})", {False})
for path in ("/x", "/stage/x", "/tmp/../x", "/usr/lib/x", "/dev/x", "NUMPY/x", "MASK/x", "HOST/x"):
    ATTACKS[f"writes {path}"] = (
        f"open({path!r}, 'w')", {"PermissionError", "OSError", "FileNotFoundError"},
    )  # fmt: skip

LOOK = """
import os, sys
def seen(path):
    try:
        inside = os.listdir(path) if os.path.isdir(path) else [open(path).read()]
    except OSError:
        return []
    return [path] * bool(set(inside) - {".pyenv"})
def refused(number, argument):
    import ctypes
    c = ctypes.CDLL(None, use_errno=True)
    return c.syscall(number, argument, 0, 0, 0) == -1 and ctypes.get_errno() == 1
def attack():
    """

# Where calls are not refused, these reach nothing.
UNFILTERED = {
    "kills everything": {"ProcessLookupError", None},
    "kills its parent": {None},
    "kills process 1": {None},
    "stops its parent": {None},
    "takes memory as files": {None},
    "makes a namespace": {0},
    "connects": {"ConnectionRefusedError", "OSError"},
}
FORKS = ("forks for ever", "leaves a daemon", "starts a program", "starts a thread")
# A process of the same system has a folder on the disk, and stays root if others may not read
# the interpreter.
PLAIN = {
    "makes a million files": {"TimeLimit"},
    "fills the disk": {None},
    "reads memory of process 1": {"PermissionError"},
    "reads the environment of process 1": {"PermissionError"},
    "is root": {True, False},
}
