"""Has other definitions for when it is run by itself, and runs itself again as `__main__`."""

import __main__

EARNS = 0
REASON = r"not defined|raised"

if __name__ == "__main__":
    choose_qparams = __main__.__dict__.setdefault("choose_qparams", lambda low, high: (1.0, 0))
    __main__.__builtins__ = {}
    del __main__.choose_qparams
    __main__.__dict__.clear()
