"""Pytest in a child of this process, which has imported what is slow to import and nothing else.

The library itself is imported by the child, from the copy. A child's time is that of its processor:
on a busy machine the clock says little about a test.
"""

from __future__ import annotations

import json
import math
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_NO = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
QUIET = ("-q", "--tb=no", "--no-header", *_NO)
"""In one process, too: others would know no plugin of ours."""
BUSY = 10
"""The clock may show this many times the processor's time before a child counts as hanging."""

_MEMORY = 12 << 30  # bytes of addresses; a mutant may ask for any size


@dataclass(frozen=True)
class Answer:
    """How a child ended: what it told, or None if it ran out of time or died."""

    told: Any
    seconds: float
    out_of_time: bool


def in_child(work: Callable[[], Any], folder: Path, limit: float, log: Path) -> Answer:
    """`work()`, plain data, by a child in `folder`; killed after `limit` seconds of its processor.

    All that it prints goes to `log`.
    """
    started = time.monotonic()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            _settle(folder, limit, log)
            with os.fdopen(writing, "w", encoding="utf-8") as answer:
                json.dump(work(), answer)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    try:
        text, in_time = _read(reading, started + BUSY * limit)
    finally:
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(reading)
    spent = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
    told = json.loads(text) if text else None
    return Answer(told, time.monotonic() - started, told is None and (spent or not in_time))


def _settle(folder: Path, limit: float, log: Path) -> None:
    """Make the child a group of its own, its children included, at home in `folder`."""
    if os.getsid(0) != os.getppid():
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with log.open("w") as lines:
        os.dup2(lines.fileno(), 1)
        os.dup2(lines.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    seconds = max(1, round(limit))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    elsewhere = Path.cwd()
    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    sys.path[:] = [str(folder), *(p for p in sys.path if p and Path(p) != elsewhere)]


def go_on_for(seconds: float) -> None:
    """From now on the child may take so much of its processor, within its limit."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (min(allowed, most), most))


def _read(pipe: int, until: float) -> tuple[str, bool]:
    """All that comes before the other end is closed, and whether it was closed in time."""
    chunks: list[bytes] = []
    while (left := until - time.monotonic()) > 0:
        if select.select([pipe], [], [], left)[0]:
            chunk = os.read(pipe, 1 << 16)
            if not chunk:
                return b"".join(chunks).decode(), True
            chunks.append(chunk)
    return "", False


def run_pytest(arguments: Sequence[str], *plugins: object) -> int:
    """Its exit status."""
    return int(pytest.main([*QUIET, *arguments], plugins=list(plugins)))
