"""Where runs are kept, and which of them a report means if it is not told."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from verifier.errors import InputError, require

RUNS = Path(".verifier") / "runs"
REPRODUCTIONS = Path(".verifier") / "reproduce"
DOCS = Path("docs")
LAST = "last"
"""Beside `RUNS`: a link to the newest run of all."""

RUNNING, WHOLE, PART, INTERRUPTED = "running", "whole", "part", "interrupted"
"""States of a run: it has not ended, or died; all of the suite; some of it; it was stopped."""


def new_run_folder(root: Path = RUNS) -> Path:
    """A folder name under `root` that sorts by time."""
    return root / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def require_free(folder: Path | None) -> None:
    """Raise `InputError` unless a run can be written to `folder`; None for one yet to be named."""
    if folder is None:
        return
    require(folder.is_dir() or not folder.exists(), "evidence", folder, "must be a folder")
    require(not (folder / "evidence.jsonl").exists(), "evidence", folder, "already holds a run")


def latest_run(root: Path = RUNS) -> Path:
    """The newest run of the whole suite under `root`; raises `InputError` if there is none."""
    runs = sorted((path.parent for path in root.glob("*/run.json")), reverse=True)
    found = next((folder for folder in runs if _state(folder) == WHOLE), None)
    if found is not None:
        return found
    require(bool(runs), "run", root, "holds no finished run yet; `make verify` makes one")
    raise InputError("run", root, f"holds no run of the whole suite; name a part, as {runs[0]}")


def _state(folder: Path) -> str:
    """How a run ended; empty where its summary cannot be read."""
    with suppress(OSError, ValueError, AttributeError):
        text = (folder / "run.json").read_text(encoding="utf-8")
        return str(json.loads(text).get("state", ""))
    return ""


def newest_case(statement: str, root: Path = RUNS) -> Path:
    """The smallest case of a statement that the newest run with one refuted kept under `root`."""
    found = max(root.glob(f"*/counterexamples/{statement}.json"), default=None)
    if found is None:
        raise InputError("configuration", root, f"holds no run that refuted {statement}; name one")
    return found


def mark_last(folder: Path) -> None:
    """Make the newest run of all easy to name, where links can be made."""
    link = folder.parent.parent / LAST
    with suppress(OSError):
        link.unlink(missing_ok=True)
        link.symlink_to(folder.relative_to(link.parent), target_is_directory=True)


class Report(NamedTuple):
    """A run's report: its address, as from another page, and when the run was started."""

    address: str
    started: str


def newest_report(page: Path, root: Path = RUNS) -> Report | None:
    """The report of the newest whole run under `root`, as from `page`; None if it has none.

    Of that run alone: the report of an older one would tell another state of the statements.
    """
    with suppress(InputError):
        run = latest_run(root)
        if (run / "report.html").exists():
            about = json.loads((run / "run.json").read_text(encoding="utf-8"))["about"]
            return Report(_as_from(page, run / "report.html"), about["started"])
    return None


def docs_from(page: Path) -> str | None:
    """The address of the folder of docs, as from `page`; None outside a checkout."""
    return _as_from(page, DOCS) if (DOCS / "limits.md").exists() else None


def link_to_newest(root: Path, pattern: str, page: Path) -> str | None:
    """The newest file under `root` that fits, as an address from `page`; None if there is none."""
    found = max(root.glob(pattern), key=lambda path: path.stat().st_mtime, default=None)
    return None if found is None else _as_from(page, found)


def _as_from(page: Path, path: Path) -> str:
    return Path(os.path.relpath(path, page.parent)).as_posix()
