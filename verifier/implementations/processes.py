"""The processes of a session: how many there are, and how much memory they hold."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass(frozen=True)
class Usage:
    """`count` processes with `resident` bytes of memory; zeros where no system tells them.

    What a process shares with those that it forked counts once, where Linux tells.
    """

    count: int = 0
    resident: int = 0


def usage(session: int) -> Usage:
    """Of all processes of a session, those that its leader has forked too."""
    found = [_of(folder, session) for folder in _PROC.glob("[0-9]*")]
    sizes = [size for size in found if size is not None]
    return Usage(len(sizes), sum(sizes))


def _of(folder: Path, session: int) -> int | None:
    """Resident bytes of a process; None if it is of another session, or gone."""
    with suppress(OSError, ValueError, IndexError):
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        if int(fields[3]) == session:
            return _share(folder) or int(fields[21]) * _PAGE
    return None


def _share(folder: Path) -> int:
    """Resident bytes of a process, of each page its share among those that hold it; 0 if untold."""
    with suppress(OSError, ValueError, StopIteration):
        lines = (folder / "smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return 0


def end(leader: int, within: float = 2.0) -> None:
    """Kill a session's processes, those that are forked meanwhile too."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        with suppress(OSError):
            os.killpg(leader, signal.SIGKILL)
        if usage(leader).count <= 1:  # the leader itself stays until it is waited for
            return
        time.sleep(0.01)
