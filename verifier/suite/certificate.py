"""What a run without negative controls says of them: that a full run of this source refuted all.

Controls are the suite's own and do not depend on the code under test, so that one run of them
serves every user of a version. The release's full run writes `certificate.json`, which the wheel
carries; the hash of the source says whether it is of the version that runs.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from verifier.evidence.record import Record
from verifier.evidence.source import certificate_file, source_hash
from verifier.evidence.version import VERSION
from verifier.report.verdicts import REFUTED, rows, unsettled
from verifier.statements import REGISTRY, STATEMENTS

KEPT = certificate_file()


def certificate(record: Record) -> dict[str, Any] | None:
    """The certificate of a run: None unless it tried every control and left nothing open.

    `seconds`: what each property took, which tells later runs how far they are.
    """
    found = rows(record)
    tried = {name: set(controls) for name, controls in record.controls.items()}
    every = {name: {c.name for c in REGISTRY.controls_of(name)} for name in STATEMENTS}
    if tried != every or unsettled(found) or any(row.verdict == REFUTED for row in found):
        return None
    return {
        "version": VERSION,
        "source": source_hash(),
        "started": record.about.get("started", ""),
        "controls": sum(map(len, every.values())),
        "seconds": record.seconds,
    }


def write(record: Record) -> None:
    """Write a run's certificate into its folder, if it deserves one."""
    earned = certificate(record)
    if earned is not None and record.folder is not None:
        text = json.dumps(earned, indent=1)
        (record.folder / KEPT.name).write_text(text, encoding="utf-8")


@cache
def kept() -> dict[str, Any]:
    """The certificate that came with this version; empty if there is none, or of another source."""
    try:
        found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if found.get("source") == source_hash() else {}


def told() -> str:
    """What a run without controls says of them."""
    full = in_full()
    if not full:
        return "not run (--level full runs them)"
    return f"not run: {full} (certificate.json of this same source)"


def in_full() -> str:
    """What the full run of this source found of all controls; empty if none is known."""
    known = kept()
    if not known:
        return ""
    made = f"the full run of {known['version']} on {known['started'][:10]}"
    return f"{made} refuted all {known['controls']}"
