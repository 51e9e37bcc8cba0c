"""Files with a JSON object on each line, to which a run that may be interrupted adds."""

from __future__ import annotations

import fcntl
import json
from contextlib import suppress
from pathlib import Path
from typing import Any


def read(file: Path) -> list[dict[str, Any]]:
    """Every whole line; none if there is no file."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        with suppress(ValueError):  # it was cut off
            found.append(json.loads(line))
    return found


def add(file: Path, line: dict[str, Any]) -> None:
    """At the end, on a line of its own whatever was cut off before; others may be adding too."""
    with file.open("a+b") as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        if lines.tell():
            lines.seek(-1, 2)
            if lines.read() != b"\n":
                lines.write(b"\n")
        lines.write(json.dumps(line).encode() + b"\n")
