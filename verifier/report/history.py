"""A run beside the last ones in the same folder, from the reports that they left there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from verifier.evidence.folders import WHOLE

MOST = 5
"""Runs shown, this one among them."""
REPORT = "report.json"


def history(content: Mapping[str, Any], folder: Path | None) -> list[dict[str, Any]]:
    """The last whole runs of the same code under the same profile, this one last.

    `folder`: this run's, whose neighbours are looked at; one without a report is left out. Each
    with when and how it was made, its counts, the largest error of each chapter, and in `changed`
    the statements whose verdict is not that of the run before it.
    """
    told = [content]
    if folder is not None:
        before = sorted(p for p in folder.parent.glob(f"*/{REPORT}") if p.parent.name < folder.name)
        for path in reversed(before):
            found = _read(path)
            if found and _kind(found) == _kind(content) and len(told) < MOST:
                told.insert(0, found)
    entries = [_entry(one) for one in told]
    for earlier, later in pairwise(entries):
        old, new = earlier["verdicts"], later["verdicts"]
        later["changed"] = [f"{i} {old[i]} → {new[i]}" for i in new if old.get(i, new[i]) != new[i]]
        later["added"] = [i for i in new if i not in old]
    return entries


def _read(path: Path) -> dict[str, Any] | None:
    """A whole run's report, if it can be read by this version."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _entry(found)
        return found if found["run"]["state"] == WHOLE else None
    return None


def _kind(content: Mapping[str, Any]) -> tuple[str, ...]:
    about = content["run"]["about"]
    return tuple(about.get(name, "") for name in ("implementation", "profile", "device", "dtype"))


def _entry(content: Mapping[str, Any]) -> dict[str, Any]:
    about = content["run"]["about"]
    spent = content["wall_time"]
    return {
        **{name: about.get(name, "") for name in ("started", "commit", "run_seed")},
        "seconds": spent and spent["wall"],
        "counts": content["counts"],
        "controls": content["controls"],
        "errors": {
            chapter["name"]: worst([s["error"] for s in chapter["statements"] if s["held"]])
            for chapter in content["chapters"]
        },
        "verdicts": {s["id"]: s["verdict"] for c in content["chapters"] for s in c["statements"]},
        "changed": [],
        "added": [],
    }


def worst(errors: Sequence[float | None]) -> float | None:
    """The largest error; None, which stands for infinity, is larger than any."""
    return None if None in errors else max((e for e in errors if e is not None), default=0.0)
