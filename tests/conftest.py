"""One thread: the tests' tensors are small, and waiting for threads on a busy machine is slow.

Without matplotlib, as on a bare machine with a GPU, the tests of what is drawn are left out, and
the head of the run says so.
"""

import importlib.util
import signal

import torch

torch.set_num_threads(1)

DRAWN = ["report", "reproduction/gallery"]
collect_ignore = [] if importlib.util.find_spec("matplotlib") else DRAWN


def pytest_report_header() -> list[str]:
    return [f"without matplotlib: no tests/{folder}" for folder in collect_ignore]


def pytest_runtest_setup() -> None:
    """What tests start to interrupt it must not ignore Ctrl-C.

    A shell's background ignores it, and so may what an earlier test called in this process.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
