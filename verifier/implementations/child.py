"""The other process of `isolated`: it loads a training code, and answers calls to it.

Started as `python -m verifier.implementations.child CODE CHANNEL ARENA TRACE`, the last three
descriptors: a socket, the shared memory, and a file for where the code is when it comes to grief.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import signal
import socket
import struct
import sys
import traceback
from typing import Any

import numpy as np
import torch
from torch import Tensor

from verifier.errors import InputError
from verifier.implementations.ambient import kept
from verifier.implementations.arena import Arena, Unpacker
from verifier.implementations.contract import is_told_the_loss, load, offered

_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_LONGEST_TEXT = 2000
_LIBRARIES = ("site-packages", "dist-packages", "/lib/python3")
_leave = os._exit


def send(channel: socket.socket, text: bytes) -> None:
    """One message: its length, then it."""
    channel.sendall(struct.pack("!Q", len(text)) + text)


def receive(channel: socket.socket) -> bytes:
    """The next message; raises `EOFError` where there is none."""
    (length,) = struct.unpack("!Q", _exactly(channel, 8))
    return _exactly(channel, length)


def _exactly(channel: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = channel.recv(min(count - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def encoded(value: Any, arena: Arena) -> Any:
    """A result as plain data, its arrays laid into the arena; what is none of those by its type."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [encoded(part, arena) for part in value]
    try:
        tensor = value if isinstance(value, Tensor) else torch.from_numpy(np.asarray(value))
        return {"array": arena.lay(tensor)}
    except (TypeError, ValueError, RuntimeError):
        return {"other": type(value).__name__}


def where_in(places: list[tuple[str, int]]) -> str:
    """The last of some files and lines that is no library's; empty if there are none."""
    own = [(f, n) for f, n in places if f != __file__ and not any(lib in f for lib in _LIBRARIES)]
    file, line = (own or places or [("", 0)])[-1]
    return f"{file}, line {line}" if file else ""


def _told(problem: BaseException) -> dict[str, Any]:
    """An exception: its type, what it says, and the last line of the code that it came from."""
    frames = traceback.extract_tb(problem.__traceback__)
    where = where_in([(frame.filename, frame.lineno or 0) for frame in frames])
    text = str(problem)[:_LONGEST_TEXT]
    return {"raised": type(problem).__name__, "text": text, "where": where}


class _Child:
    def __init__(self, code: str, channel: int, arena: int, trace: int) -> None:
        self.channel = socket.socket(fileno=channel)
        self.arena = Arena(arena)
        self.trace = trace
        self.own = os.getpid()
        self.code = code

    def hello(self) -> Any:
        """Load the code, and say what it offers."""
        try:
            code = load(self.code)
        except InputError as problem:
            told = {"refused": [problem.argument, str(problem.value), problem.rule]}
            send(self.channel, json.dumps(told).encode())
            sys.exit(0)
        offers: dict[str, Any] = {
            "offered": sorted(offered(code)),
            "told_the_loss": is_told_the_loss(code),
            "supports": getattr(code, "supports", {}),
        }
        send(self.channel, json.dumps(offers, default=repr).encode())
        return code

    def answer(self, code: Any, text: bytes) -> None:
        """Make one call, and send what came of it."""
        (used,) = struct.unpack("!Q", text[:8])
        call = Unpacker(text[8:], self.arena)
        function, arguments, told = call.load()
        changed: list[str] = []
        try:
            with kept(changed.append):
                result = getattr(code, function)(*arguments, **told)
            for place, tensor in call.found:
                self.arena.write_back(place, tensor)
            self.arena.used = used
            reply = {"result": encoded(result, self.arena)}
        except BaseException as problem:
            reply = _told(problem)
        if os.getpid() != self.own:  # a copy that the code has made of this process
            _leave(0)
        send(self.channel, json.dumps({**reply, "changed": changed}).encode())

    def run(self) -> None:
        """Answer until there is nobody who asks."""
        code = self.hello()
        while True:
            try:
                text = receive(self.channel)
            except EOFError:
                return
            self.answer(code, text)


def _traced_exit(trace: int) -> Any:
    """`os._exit` that leaves behind from where it was called."""

    def exit_now(status: int) -> None:
        faulthandler.dump_traceback(trace, all_threads=False)
        _leave(status)

    return exit_now


def main() -> None:
    """Serve the code that the command line names."""
    path, (channel, arena, trace) = sys.argv[1], map(int, sys.argv[2:])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("highest")
    faulthandler.enable(trace, all_threads=False)
    faulthandler.register(signal.SIGUSR1, trace, all_threads=False)
    child = _Child(path, channel, arena, trace)
    os._exit = _traced_exit(trace)
    try:
        child.run()
    finally:
        _leave(0)


if __name__ == "__main__":
    main()
