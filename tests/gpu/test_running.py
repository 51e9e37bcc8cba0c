"""A stage runs for so long and no longer, and leaves nothing running behind it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from benchmarks.gpu.running import ROOT, Ended, run

SLEEP = "import time; print('begun', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {SLEEP}"
TIDY = f"""
try:
    {SLEEP}
except KeyboardInterrupt:
    print("kept what was finished", flush=True)
"""
WITH_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}])
print(child.pid, flush=True)
"""


def python(code: str, log: Path, limit: float, grace: float = 5.0) -> Ended:
    return run([sys.executable, "-c", code], log, limit, grace=grace)


@pytest.mark.parametrize(("status", "outcome"), [(0, "passed"), (1, "failed"), (5, "failed")])
def test_a_command_that_ends_by_itself(tmp_path: Path, status: int, outcome: str) -> None:
    code = f"import sys, os; print(os.getcwd()); print('bad', file=sys.stderr); sys.exit({status})"
    ended = python(code, tmp_path / "log", 60)
    assert (ended.outcome, ended.status) == (outcome, status)
    assert (tmp_path / "log").read_text().split() == [str(ROOT), "bad"]


def test_one_that_runs_over_is_interrupted_and_may_keep_what_it_has(tmp_path: Path) -> None:
    ended = python(TIDY, tmp_path / "log", limit=0.5)
    assert ended.outcome == f"interrupted after {ended.seconds:.0f} s"
    assert ended.status == 0
    assert not ended.killed
    assert 0.5 <= ended.seconds < 5
    assert (tmp_path / "log").read_text().splitlines() == ["begun", "kept what was finished"]


def test_one_that_goes_on_is_killed(tmp_path: Path) -> None:
    ended = python(STUBBORN, tmp_path / "log", limit=0.5, grace=0.2)
    assert ended.killed
    assert ended.outcome == f"interrupted after {ended.seconds:.0f} s, killed"
    assert 0.7 <= ended.seconds < 5


def test_what_it_started_and_left_behind_is_killed(tmp_path: Path) -> None:
    assert python(WITH_CHILD, tmp_path / "log", 60).outcome == "passed"
    pid = int((tmp_path / "log").read_text().split()[0])
    end = time.monotonic() + 10
    while running(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not running(pid)


def running(pid: int) -> bool:
    """Whether there is such a process; one that has ended and that nobody waits for is none."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
