"""A training code in a process of its own: whatever becomes of it, the run goes on.

One process serves a whole run; where it dies, hangs or takes too much memory, the call is an error
that names the function and the line, and the next call starts another one.
"""

from __future__ import annotations

import inspect
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import weakref
from collections import Counter
from contextlib import suppress
from typing import Any

from verifier.errors import BadResult, Died, InputError
from verifier.implementations import processes
from verifier.implementations.arena import Arena, Packer, memory_file
from verifier.implementations.child import receive, send
from verifier.implementations.contract import Implementation
from verifier.implementations.reference import Reference
from verifier.implementations.traces import last_place

LEAST_SECONDS, TIMES_REFERENCE = 10.0, 100.0
"""A call may take the larger of the two: seconds, and times what the reference takes."""

MOST_MEMORY = 4 << 30
"""Resident bytes of the code's processes, together."""
MOST_PROCESSES = 100
TO_START = 120.0
"""Seconds in which the code must have been imported."""
DEATHS = 3
"""After so many a function is not called again: each costs its whole limit."""

_POLL = 0.1


class _Process:
    """The other process, its channel and the memory shared with it."""

    def __init__(self, path: str) -> None:
        ours, theirs = socket.socketpair()
        descriptor = memory_file()
        self.trace = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the process
        passed = (theirs.fileno(), descriptor, self.trace.fileno())
        self.process = subprocess.Popen(
            [sys.executable, "-m", "verifier.implementations.child", path, *map(str, passed)],
            pass_fds=passed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        theirs.close()
        self.channel = ours
        self.arena = Arena(descriptor)
        self.end = weakref.finalize(self, _close, self.process, ours, descriptor)

    def is_ready(self, seconds: float) -> bool:
        """Whether an answer, or the end of the process, comes in time."""
        return bool(select.select([self.channel], [], [], seconds)[0])

    def said(self) -> dict[str, Any]:
        """The next message; raises `EOFError`, or `ValueError` for what is none."""
        found = json.loads(receive(self.channel))
        if not isinstance(found, dict):
            raise ValueError(f"{found!r} is no answer")
        return found

    def place(self) -> str:
        """Where in the code it came to its end; empty if nobody knows."""
        text = os.pread(self.trace.fileno(), 1 << 20, 0).decode(errors="replace")
        where = last_place(text)
        return f", at {where}" if where else ""

    def how_it_ended(self) -> str:
        """In words."""
        try:
            status = self.process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            return "closed its channel"
        if status >= 0:
            return f"ended the process with status {status}"
        return f"was ended by {signal.Signals(-status).name}"


def _close(process: subprocess.Popen[bytes], channel: socket.socket, descriptor: int) -> None:
    processes.end(process.pid)
    process.wait()
    channel.close()
    os.close(descriptor)


class Isolated:
    """The implementation at `package.module:NAME`, with its functions called in another process.

    `changed`: what it changed of that process, with how often. Raises `InputError` as `load` does,
    and where it cannot even be imported. A call that does not come back raises `Died`.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.changed: Counter[str] = Counter()
        self._deaths: Counter[str] = Counter()
        self._process: _Process | None = None
        told = self._started()
        self.supports = told["supports"]
        self._functions = {n: _Function(self, n, told) for n in told["offered"]}

    def __repr__(self) -> str:
        return self.path

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__.get("_functions", {})
        if name not in found:
            raise AttributeError(name)
        return found[name]

    def close(self) -> None:
        """End the other process."""
        if self._process is not None:
            self._process.end()
        self._process = None

    def _started(self) -> dict[str, Any]:
        self._process = _Process(self.path)
        try:
            if not self._process.is_ready(TO_START):
                raise InputError("implementation", self.path, f"is imported in over {TO_START} s")
            told = self._process.said()
        except (EOFError, OSError, ValueError):
            how = self._process.how_it_ended() + self._process.place()
            self.close()
            raise InputError("implementation", self.path, f"{how} while imported") from None
        if "refused" in told:
            self.close()
            raise InputError(*told["refused"])
        return told

    def call(self, name: str, arguments: tuple[Any, ...], told: dict[str, Any]) -> Any:
        """One call there; its arguments change as they would here."""
        if self._deaths[name] >= DEATHS:
            raise Died(f"{name}(...)", "not called", f"did not come back {DEATHS} times before")
        if self._process is None:
            self._started()
        assert self._process is not None
        arena = self._process.arena
        arena.used = 0
        packer = Packer(arena)
        packer.dump((name, arguments, told))
        try:
            send(self._process.channel, struct.pack("!Q", arena.used) + packer.stream.getvalue())
            self._wait(name, arguments)
            reply = self._process.said()
        except Died:
            raise
        except (EOFError, OSError, ValueError):
            self._died(name, self._process.how_it_ended())
        self.changed.update(f"{name} changed {what}" for what in reply.get("changed", ()))
        if "raised" in reply:
            rule = f"must not be raised: {reply['text']} ({reply['where']})"
            raise BadResult(f"{name}(...)", reply["raised"], rule)
        for place, tensor in packer.laid:
            arena.read_back(place, tensor)
        return _decoded(reply["result"], arena)

    def _wait(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Until there is an answer; ends the process where it takes too much."""
        assert self._process is not None
        begun, limit, is_known = time.monotonic(), LEAST_SECONDS, False
        while not self._process.is_ready(_POLL):
            used = processes.usage(self._process.process.pid)
            if used.resident > MOST_MEMORY:
                self._stopped(name, f"took more than {MOST_MEMORY / 2**30:g} GiB of memory")
            if used.count > MOST_PROCESSES:
                self._stopped(name, f"made more than {MOST_PROCESSES} processes")
            if time.monotonic() - begun > limit and not is_known:
                limit, is_known = max(limit, TIMES_REFERENCE * _seconds(name, arguments)), True
            if time.monotonic() - begun > limit:
                self._stopped(name, f"took more than {limit:.0f} s")

    def _stopped(self, name: str, why: str) -> None:
        """End the process for what it took, once it has left behind where it is."""
        assert self._process is not None
        with suppress(OSError):
            os.kill(self._process.process.pid, signal.SIGUSR1)
            time.sleep(_POLL)
        self._died(name, why)

    def _died(self, name: str, why: str) -> None:
        assert self._process is not None
        place = self._process.place()
        self.close()
        self._deaths[name] += 1
        raise Died(f"{name}(...)", why + place, "must come back") from None


class _Function:
    """One function of the code, as it looks from here."""

    def __init__(self, code: Isolated, name: str, told: dict[str, Any]) -> None:
        self.code = weakref.ref(code)
        self.name = name
        signature = inspect.signature(getattr(Implementation, name))
        parameters = list(signature.parameters.values())[1:]
        if name == "perturb" and told["told_the_loss"]:
            parameters.append(inspect.Parameter("loss", inspect.Parameter.POSITIONAL_OR_KEYWORD))
        self.__signature__ = signature.replace(parameters=parameters)

    def __call__(self, *arguments: Any, **told: Any) -> Any:
        code = self.code()
        assert code is not None
        return code.call(self.name, arguments, told)


class _Other:
    """What a code returned that is no array: its type's name is all that crosses over."""


def _decoded(value: Any, arena: Arena) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(part, arena) for part in value)
    if isinstance(value, dict):
        if "array" in value:
            name, shape, strides, span, start = value["array"]
            return arena.view((name, tuple(shape), tuple(strides), span, start))
        return type(str(value["other"]), (_Other,), {})()
    return value


def _seconds(name: str, arguments: tuple[Any, ...]) -> float:
    """How long the reference takes for the same call."""
    begun = time.monotonic()
    with suppress(Exception):
        getattr(Reference(), name)(*arguments)
    return time.monotonic() - begun
