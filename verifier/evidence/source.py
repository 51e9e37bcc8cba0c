"""The source that checks are made of: its files, and a hash that names it."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from verifier.errors import InputError

PACKAGE = Path(__file__).parents[1]


class OtherCode(InputError):
    """The code of a `worker` is not that of the process which gives it work."""

    def __init__(self, worker: str) -> None:
        rule = (
            "has other code than this run began with: install the same version everywhere, or "
            "start again if you edited the code"
        )
        super().__init__("worker", worker, rule)

    def __reduce__(self) -> tuple[type[OtherCode], tuple[object]]:
        return OtherCode, (self.value,)


@cache
def properties() -> Path:
    """The folder of the suite's tests: in the installed package, or beside it in a clone."""
    installed = PACKAGE / "suite" / "properties"
    return installed if installed.is_dir() else PACKAGE.parent / "properties"


def certificate_file() -> Path:
    """What a release says of its own source, and so is no part of it."""
    return PACKAGE / "suite" / "certificate.json"


def _sources() -> Iterator[tuple[str, Path]]:
    """What the package's checks are made of, by names that a clone and a wheel share."""
    for root, name in ((PACKAGE, "verifier"), (properties(), "properties")):
        for path in root.rglob("*"):
            inside = root == PACKAGE and properties() in path.parents
            if path.suffix in (".py", ".json") and path != certificate_file() and not inside:
                yield f"{name}/{path.relative_to(root).as_posix()}", path


@cache
def source_hash() -> str:
    """SHA-256 of the names and contents of the package's sources, and of its suite's."""
    found = hashlib.sha256()
    for name, path in sorted(_sources()):
        found.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def require_source(wanted: str) -> None:
    """Raise `OtherCode` unless this process, a worker, has the source whose hash is `wanted`."""
    if source_hash() != wanted:
        raise OtherCode(f"{platform.node()}:{os.getpid()}")
