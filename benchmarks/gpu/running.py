"""One stage, run for so long and no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gpu.stages import GRACE

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended. `killed`: it went on after it had been interrupted."""

    seconds: float
    status: int
    interrupted: bool
    killed: bool

    @property
    def outcome(self) -> str:
        """In a few words, for a reader."""
        if self.interrupted:
            return f"interrupted after {self.seconds:.0f} s{', killed' if self.killed else ''}"
        return "failed" if self.status else "passed"


def run(
    command: Sequence[str],
    log: Path,
    limit: float,
    environment: Mapping[str, str] | None = None,
    grace: float = GRACE,
) -> Ended:
    """Run `command` in the checkout, all that it prints going to `log`.

    After `limit` seconds it is interrupted as by Ctrl-C, and after `grace` more it is killed. What
    it has started and left behind is killed in any case.
    """
    interrupted = killed = False
    started = time.monotonic()
    with log.open("wb") as lines:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
        )
        try:
            try:
                process.wait(limit)
            except subprocess.TimeoutExpired:
                interrupted = True
                os.killpg(process.pid, signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(grace)
                killed = process.returncode is None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return Ended(time.monotonic() - started, process.returncode, interrupted, killed)
