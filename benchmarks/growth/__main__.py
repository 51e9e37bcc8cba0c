"""`python -m benchmarks.growth docs/growth.json`; then `python docs/update_scale.py --shown`."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import torch

from benchmarks.growth.measured import FIXED, REPLICATES, SIZES, TOGETHER, measured
from verifier.evidence.source import source_hash


def main(output: str) -> None:
    """Measure, and say of it when, on what, and how busy the machine was."""
    loads = [os.getloadavg()[0]]
    found = measured(REPLICATES)
    loads.append(os.getloadavg()[0])
    about = {
        "started": datetime.now(UTC).isoformat(timespec="minutes"),
        "source": source_hash()[:12],
        "torch": torch.__version__,
        "cores": os.cpu_count(),
        "load": loads,
        "statements": [statement.id for statement in TOGETHER],
    }
    kept = {"about": about, "fixed": FIXED, "sizes": SIZES, **found}
    Path(output).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


main(*sys.argv[1:])
