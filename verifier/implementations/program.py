"""A program in any language as a code under test, by files or by lines of JSON."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from verifier.errors import BadResult, InputError, require
from verifier.implementations.protocol import (
    ARGUMENTS,
    PROTOCOL,
    Message,
    answered,
    request,
)

LIMIT = 60.0  # seconds for one answer
LONGEST = 2**30  # bytes of one answer
_TOLD = 300  # characters of what a program said before it failed
IN, OUT = "{in}", "{out}"

_UNREADABLE = (OSError, ValueError, KeyError, RecursionError, EOFError)


class Program:
    """What a `command` can do. With `{in}` and `{out}` it is run once for each call.

    Those stand for folders: it reads `request.json` and `arrays.npz` in the one, and writes
    `arrays.npz` (describe: `answer.json`) into the other. Without them it is started once, and
    answers each line of JSON on its input by a line on its output. Raises `InputError` for a
    command that cannot be started, or does not describe itself; calls raise `BadResult`.
    """

    def __init__(self, command: str) -> None:
        self.command = command
        try:
            words = shlex.split(command)
        except ValueError as problem:
            raise InputError("program", repr(command), f"must be a command: {problem}") from None
        require(bool(words), "program", repr(command), "must be a command")
        has = [any(part in word for word in words) for part in (IN, OUT)]
        rule = f"must have both of {IN} and {OUT}, or neither"
        require(has[0] == has[1], "program", repr(command), rule)
        self._ask = _Files(words).ask if all(has) else _Lines(words).ask
        try:
            told = self._ask(request("describe"))
        except BadResult as problem:
            raise InputError("program", repr(command), f"must describe itself: {problem}") from None
        self.functions = told.get("functions")
        known = isinstance(self.functions, list) and set(self.functions) <= set(ARGUMENTS)
        rule = f"must describe itself by functions among {', '.join(ARGUMENTS)}"
        require(known and bool(self.functions), "program", repr(command), rule)
        self.supports = told.get("supports", {})

    def __getattr__(self, name: str) -> Any:
        """The functions that it says it can do."""
        if name.startswith("_") or name not in vars(self).get("functions", ()):
            raise AttributeError(name)
        return self._told_the_loss if name == "perturb" else self._function(name)

    def _function(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            answer = self._ask(request(name, arguments))
            return answered(name, answer, len(arguments[0]) if name == "train_deep" else 0)

        return call

    def _told_the_loss(
        self, params: Any, X: Any, targets: Any, eps: Any, slope: Any, loss: Any
    ) -> Any:
        return self._function("perturb")(params, X, targets, eps, slope, loss)

    def __repr__(self) -> str:
        return f"the program {self.command}"


def _failed(message: Message, problem: str, said: BinaryIO) -> BadResult:
    """What went wrong when it was asked, and the end of what the program said of it."""
    said.seek(max(0, said.seek(0, os.SEEK_END) - _TOLD))
    lines = said.read().decode("utf-8", "replace").split("\n")
    words = " ".join(line.strip() for line in lines if line.strip())
    where = f"program, {message['function']}(...)"
    return BadResult(where, problem, f"must answer: {words or 'it says nothing of why'}")


def _ended(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"exit status {status}"
    names = {number.value: number.name for number in signal.Signals}
    return f"ended by {names.get(-status, f'signal {-status}')}"


class _Files:
    """Runs a command for each request, with a folder of files to read and one to write."""

    def __init__(self, words: list[str]) -> None:
        self.words = words

    def ask(self, message: Message) -> Message:
        with tempfile.TemporaryDirectory(prefix="verifier-") as place, _said() as said:
            folders = {IN: Path(place, "in"), OUT: Path(place, "out")}
            for folder in folders.values():
                folder.mkdir()
            _write(folders[IN], message)
            words = self.words
            for part, folder in folders.items():
                words = [word.replace(part, str(folder)) for word in words]
            try:
                done = subprocess.run(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    timeout=LIMIT,
                    check=False,
                )
            except OSError as problem:
                raise BadResult("program", words[0], f"cannot be started: {problem}") from None
            except subprocess.TimeoutExpired:
                raise _failed(message, f"no answer within {LIMIT:g} s", said) from None
            if done.returncode:
                raise _failed(message, _ended(done.returncode), said)
            try:
                return _read(folders[OUT])
            except _UNREADABLE as problem:
                raise _failed(message, f"an answer that cannot be read ({problem})", said) from None


def _said() -> Any:
    return tempfile.TemporaryFile(prefix="verifier-")


def _write(folder: Path, message: Message) -> None:
    arrays: dict[str, Any] = {k: v for k, v in message.items() if isinstance(v, np.ndarray)}
    rest = {name: value for name, value in message.items() if name not in arrays}
    np.savez(folder / "arrays.npz", **arrays)
    (folder / "request.json").write_text(json.dumps(rest) + "\n", encoding="utf-8")


def _read(folder: Path) -> Message:
    answer: Message = {}
    if (folder / "answer.json").exists():
        answer |= json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    if (folder / "arrays.npz").exists():
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            answer |= {name: arrays[name] for name in arrays.files}
    return answer


class _Lines:
    """Keeps one process, and asks it by lines of JSON; a new one after it failed."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.process: subprocess.Popen[bytes] | None = None
        self.rest = b""

    def ask(self, message: Message) -> Message:
        plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in message.items()}
        line = json.dumps(plain).encode() + b"\n"
        process = self._running()
        try:
            answer = json.loads(self._exchanged(process, line))
        except (BadResult, *_UNREADABLE) as problem:
            self._end()
            told = problem.value if isinstance(problem, BadResult) else problem
            raise _failed(message, str(told)[:_TOLD], self.said) from None
        if not isinstance(answer, dict) or "error" in answer:
            told = answer.get("error", "") if isinstance(answer, dict) else "no dictionary"
            raise BadResult("program", f"the error {told!r}", "must answer")
        if answer.get("protocol", PROTOCOL) != PROTOCOL:
            raise BadResult("program, protocol", answer["protocol"], f"must be {PROTOCOL}")
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self._end()
            self.rest = b""
            self.said = _said()
            pipe = subprocess.PIPE
            try:
                self.process = subprocess.Popen(
                    self.words, stdin=pipe, stdout=pipe, stderr=self.said
                )
            except OSError as problem:
                raise BadResult("program", self.words[0], f"cannot start: {problem}") from None
        return self.process

    def _exchanged(self, process: subprocess.Popen[bytes], line: bytes) -> bytes:
        """The line that answers `line`."""
        assert process.stdin is not None
        assert process.stdout is not None
        # a thread: a program may write much before it has read all
        threading.Thread(target=_send, args=(process.stdin, line), daemon=True).start()
        end = time.monotonic() + LIMIT
        parts = [self.rest]
        size = 0
        while b"\n" not in parts[-1]:
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise BadResult("program", f"no answer within {LIMIT:g} s", "must answer")
            parts.append(os.read(process.stdout.fileno(), 2**20))
            size += len(parts[-1])
            if not parts[-1]:
                raise BadResult("program", _ended(process.wait(LIMIT)), "must go on")
            if size > LONGEST:
                raise BadResult("program", f"more than {LONGEST} bytes", "must answer by a line")
        answer, _, self.rest = b"".join(parts).partition(b"\n")
        return answer

    def _end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self.process = None

    def __del__(self) -> None:
        self._end()


def _send(pipe: Any, line: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):  # a program that has ended is told of elsewhere
        pipe.write(line)
        pipe.flush()
