"""What the processes of a session take, together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from verifier.implementations.processes import end, usage

COPIES, BYTES = 4, 64 << 20
FORKS = f"""
import os, time
held = b"x" * {BYTES}
for _ in range({COPIES}):
    if os.fork() == 0:
        break
else:
    print("ready", flush=True)
time.sleep(10**6)
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux tells it there")
def test_memory_that_forked_copies_share_counts_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            used = usage(process.pid)
        finally:
            end(process.pid)
    assert used.count == COPIES + 1
    assert BYTES < used.resident < 2 * BYTES
