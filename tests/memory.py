"""The memory that a piece of code takes beside what was there before, in a process of its own."""

import subprocess
import sys

MEASURE = """
import pathlib, re, torch
torch.set_num_threads(1)

def kib(name):
    return int(re.search(name + r":\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])

{before}
pathlib.Path("/proc/self/clear_refs").write_text("5")  # a child starts with its parent's peak
had = kib("VmRSS")
{work}
print(kib("VmHWM") - had)
"""


def peak_kib(before: str, work: str) -> int:
    """How far the peak of `work` lies above what is held once `before` is done."""
    code = MEASURE.format(before=before, work=work)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100
    )
    return int(done.stdout)
