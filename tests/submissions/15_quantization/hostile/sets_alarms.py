"""Arms timers whose signals end the process in the middle of an answer."""

import signal

AFTER_KEY = True
EARNS = 90
REASON = r"SIGALRM|SIGPROF|Crashed|longer"


def dequantize_int8(q_tensor, scale, zero_point):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    while True:
        pass
