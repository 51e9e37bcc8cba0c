"""Finished results on disk: content-addressed, checksummed, shared by any number of processes.

An entry is one JSON file that is either whole or absent. Its first line is the checksum of
everything after it, so that no altered or truncated file passes for a result.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from verifier.errors import InputError
from verifier.reproduction.runner.deciding import code_version

STALE = 24 * 3600.0  # seconds after which an unfinished file is a dead process's


class StoreError(RuntimeError):
    """Results can no longer be kept or read, so that going on would be in vain."""


class CorruptEntry(UserWarning):
    """An entry was not what had been written; it was moved aside and counts as absent."""


class Store:
    """Results by key in `folder`, which is made if it does not exist.

    `code`: the version of the code that this process began with, part of every key. A store may be
    pickled to other processes and machines that see the same folder under the same path. Raises
    `InputError` if the folder can be neither found nor made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.code = code_version()
        try:
            for part in ("results", "unfinished", "corrupt"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
            probe = self.folder / "unfinished" / uuid.uuid4().hex
            probe.touch()
            probe.unlink()
            self._identity = self._make_identity()
        except OSError as problem:
            raise InputError(
                "cache folder",
                self.folder,
                f"must be a folder that can be written: {problem.strerror}",
            ) from problem
        self._remove_stale()

    def key_of(self, description: dict[str, Any]) -> str:
        """The key of what `description` (plain data, in full) and this code decide: 64 hex."""
        text = json.dumps(
            {"code": self.code, "description": description}, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def __contains__(self, key: str) -> bool:
        """Whether there is an entry, unread: `get` may still find it corrupt."""
        return self._path(key).exists()

    def get(self, key: str) -> dict[str, Any] | None:
        """The result, verified; None if there is none.

        A corrupt entry is moved to `corrupt/`, with the warning `CorruptEntry`, and None returned.
        """
        path = self._path(key)
        with self._explained("read a result"):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                return None
            try:
                return _opened(data, key)
            except ValueError as problem:
                self._set_aside(path, data, str(problem))
                return None

    def put(self, key: str, description: dict[str, Any], result: dict[str, Any]) -> None:
        """Keep `result` (plain data): after a crash at any time it is there in whole or not at all.

        `description` is kept beside it for human readers. Raises `StoreError`, on a full disk for
        instance, and leaves nothing behind.
        """
        entry = {"key": key, "code": self.code, "description": description, "result": result}
        path = self._path(key)
        unfinished = self.folder / "unfinished" / f"{key}-{uuid.uuid4().hex}"
        with self._explained("keep a result"):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with unfinished.open("xb") as file:
                    file.write(_sealed(entry))
                    file.flush()
                    os.fsync(file.fileno())  # or a power failure may leave the name without content
                unfinished.replace(path)
            finally:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)

    def check(self) -> None:
        """Raise `StoreError` unless this process, a worker, has the run's folder and its code."""
        try:
            seen = self._read_identity()
        except OSError:
            seen = ""
        where = f"worker {platform.node()}:{os.getpid()}"
        if seen != self._identity:
            raise StoreError(
                f"{where} does not see this run's folder {self.folder}: "
                "it must be on a file system that all workers share, under the same path"
            )
        if code_version() != self.code:
            raise StoreError(
                f"{where} has other code than this run began with: "
                "install the same version everywhere, or start again if you edited the code"
            )

    def _path(self, key: str) -> Path:
        return self.folder / "results" / key[:2] / key[2:4] / f"{key}.json"

    @contextmanager
    def _explained(self, action: str) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise StoreError(
                f"cannot {action} in {self.folder}: {problem.strerror or problem}. "
                "Every result finished before is kept. Make room or repair the disk, then run the "
                "same command again: it goes on where it stopped"
            ) from problem

    def _set_aside(self, path: Path, data: bytes, problem: str) -> None:
        aside = self.folder / "corrupt" / f"{path.stem}-{uuid.uuid4().hex[:8]}.json"
        with suppress(FileNotFoundError):  # another process moved it first
            path.replace(aside)
            if aside.read_bytes() != data:  # ... and has already put a good one in its place
                aside.replace(path)
        text = f"{path} {problem}; moved to {aside.parent}, to be computed again"
        warnings.warn(text, CorruptEntry, stacklevel=4)

    def _make_identity(self) -> str:
        """A name drawn once for each folder, by which a worker knows it has the same one.

        It is an empty folder within a folder, since renaming onto a folder that is not empty fails:
        of several processes at once, one draws.
        """
        identity = self.folder / "identity"
        if not identity.exists():
            draft = self.folder / "unfinished" / uuid.uuid4().hex
            (draft / draft.name).mkdir(parents=True)
            try:
                draft.rename(identity)
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)
        return self._read_identity()

    def _read_identity(self) -> str:
        return next((self.folder / "identity").iterdir()).name

    def _remove_stale(self) -> None:
        """Remove what processes left that were killed while writing."""
        for path in (self.folder / "unfinished").glob("*-*"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > STALE:
                    path.unlink()


def _checksum_line(rest: bytes) -> bytes:
    return b'{"sha256": "%s",' % hashlib.sha256(rest).hexdigest().encode()


def _sealed(entry: dict[str, Any]) -> bytes:
    rest = json.dumps(entry, indent=1).removeprefix("{\n").encode() + b"\n"
    return _checksum_line(rest) + b"\n" + rest


def _opened(data: bytes, key: str) -> dict[str, Any]:
    """The result in a file; raises `ValueError` saying what is wrong with it."""
    if not data:
        raise ValueError("is empty")
    first, _, rest = data.partition(b"\n")
    if first != _checksum_line(rest):
        raise ValueError("is truncated or altered: its checksum does not match")
    entry = json.loads(data)
    if entry["key"] != key:
        raise ValueError(f"holds the result of another key, {entry['key']}")
    result: dict[str, Any] = entry["result"]
    return result
