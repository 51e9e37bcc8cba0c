"""A run that is stopped says so everywhere, and supports nothing; what it kept can be read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.suite.running import QUICK, ROOT, by_statement, command_line, run
from verifier.report.verdicts import INTERRUPTED, NOT_RUN


def stopped(folder: Path, number: signal.Signals) -> int:
    """The status of a run that gets a signal as soon as it has kept something."""
    command = [sys.executable, "-m", "pytest", "properties", "-q", "-n0", "--statement", "E1"]
    command += ["-p", "no:cacheprovider", "--evidence", str(folder)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    lines = folder / "evidence.jsonl"
    end = time.monotonic() + 200
    while not (lines.exists() and lines.stat().st_size) and time.monotonic() < end:
        time.sleep(0.05)
    os.kill(process.pid, number)
    said, _ = process.communicate(timeout=200)
    (folder / "said.txt").write_text(said, encoding="utf-8")
    return process.returncode


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_says_so_everywhere(number: signal.Signals, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    status = stopped(folder, number)
    assert status == (2 if number == signal.SIGINT else -number)
    assert by_statement(folder)["E1"] == INTERRUPTED
    assert set(by_statement(folder).values()) == {INTERRUPTED, NOT_RUN}
    if number == signal.SIGINT:
        assert "INTERRUPTED" in (folder / "said.txt").read_text(encoding="utf-8")
    for command in (("table",), ("table", "--wide"), ("report",)):
        done = command_line(*command, str(folder))
        assert (done.returncode, done.stderr) == (0, "")
        assert command == ("report",) or "interrupted" in done.stdout.lower()
    assert "Interrupted" in (folder / "report.html").read_text(encoding="utf-8")
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert data["run"]["state"] == "interrupted"


LOST = """
import gc, os, signal, sys, pytest

def interrupt(phase, found):
    gc.callbacks.remove(interrupt)
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):  # Python looks for signals now and then
        pass

class Collect:
    def pytest_runtest_call(self):
        if not gc.callbacks.count(interrupt) and not self.done:
            self.done = True
            gc.callbacks.insert(0, interrupt)
            gc.collect()

    done = False

sys.exit(pytest.main(sys.argv[1:], plugins=[Collect()]))
"""


@pytest.mark.slow
def test_an_interrupt_that_python_drops_ends_the_run_at_its_next_test(tmp_path: Path) -> None:
    """What is raised while garbage is collected is ignored, Ctrl-C too."""
    command = [sys.executable, "-c", LOST, "properties", "-q", "-n0", "--statement", "E0k"]
    command += ["-p", "no:cacheprovider", "--evidence", str(tmp_path / "run")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Exception ignored" in done.stdout + done.stderr or "Unraisable" in done.stdout
    assert done.returncode == 2, done.stdout
    assert json.loads((tmp_path / "run/run.json").read_text())["state"] == "interrupted"


@pytest.mark.slow
def test_a_run_that_ends_at_its_first_failure_is_no_whole_one(tmp_path: Path) -> None:
    code = "verifier.statements.broken_codes:SumInsteadOfMean"
    command = [sys.executable, "-m", "pytest", "properties", "-q", "-n0", "-x", "--statement", "E0"]
    command += ["--implementation", code, "--evidence", str(tmp_path / "run")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert by_statement(tmp_path / "run")["E0"] == "refuted"
    state = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["state"]
    assert state == "interrupted"


@pytest.mark.slow
def test_a_code_that_exits_at_once_leaves_an_interrupted_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    code = ("--implementation", "tests.implementations.hostile:Exits")
    done = run("-n0", "--statement", "E1", "-k", "random", *QUICK, *code, folder=folder)
    assert done.returncode == 0  # its own: only --isolate keeps a code from that
    assert set(by_statement(folder).values()) == {NOT_RUN}
    shown = command_line("table", str(folder))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "interrupted" in shown.stdout.lower()
