"""Never answers, and blocks every signal that can be blocked."""

import signal

AFTER_KEY = True
EARNS = 95
REASON = r"longer than"


def analyze_model_sizes(original, quantized):
    for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        pass
