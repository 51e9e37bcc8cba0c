"""All that a report says, as plain data: the JSON report, and what the HTML page shows.

It comes from the record of a run and the registries of claims and controls, and nothing else.
"""

from __future__ import annotations

import json
import math
import shlex
from collections import Counter
from dataclasses import asdict
from typing import Any

from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.report.coverage import coverage, covers_everything
from verifier.report.finding import Finding
from verifier.report.verdicts import (
    REFUTED,
    Row,
    rows,
    unsettled,
)
from verifier.report.wall_time import timing
from verifier.statements import CERTIFICATE, IMPLICATION, REGISTRY, STATEMENTS
from verifier.statistics import FALSE_ALARMS, POWER

SCHEMA = "perturbation-verifier report"
VERSION = 4
ROUNDING, CHANCE = "error / what rounding allows", "error / what chance allows"
RATIO = "lhs / rhs"
DRAWN = ("sizes", "cells", "quantiles", "T")
"""What marks a series as a rate, a phase diagram, quantiles of ratios to a bound, or curves."""


OPTIONS = {
    "hypothesis-profile": ("profile", "default"),
    "implementation": ("implementation", "reference"),
    "run-seed": ("run_seed", "0"),
    "device": ("device", "cpu"),
    "images": ("images", ""),
}
"""Options of `pytest properties/`: the entry of `Record.about` and its usual value."""


def gather(record: Record) -> dict[str, Any]:
    """Everything the report says, as plain JSON data of a stated schema and version."""
    found, spent = rows(record), timing(record)
    counts, covered = Counter(row.verdict for row in found), coverage(record)
    content = {
        "schema": SCHEMA,
        "version": VERSION,
        "run": {"folder": str(record.folder or ""), "about": record.about},
        "counts": dict(counts),
        "settled": not unsettled(found) and REFUTED not in counts,
        "controls": {
            "tried": sum(row.controls for row in found),
            "refuted": sum(row.controls_refuted for row in found),
        },
        "false_alarms": {
            "budget": FALSE_ALARMS,
            "tests": sum(row.tests for row in found),
            "spent": math.fsum(row.alpha for row in found),
            "power": POWER,
        },
        "rejected": dict(sum(record.rejected.values(), Counter[str]())),
        "chapters": _chapters(record, found),
        "coverage": [result.to_json() for result in covered],
        "covers_everything": covers_everything(covered),
        "necessity": record.necessity,
        "timing": None if spent is None else asdict(spent),
    }
    plain: dict[str, Any] = json.loads(json.dumps(_finite(content)))
    return plain


def _chapters(record: Record, found: list[Row]) -> list[dict[str, Any]]:
    """Every row in its chapter."""
    chapters = []
    for chapter in REGISTRY.chapters:
        ids = [statement.id for statement in chapter.statements]
        members = [_statement(record, row) for row in found if row.id in ids]
        chapters.append({"name": chapter.title, "about": chapter.sentence, "statements": members})
    return chapters


def _finite(value: Any) -> Any:
    """The same data with None for what JSON cannot hold."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _statement(record: Record, row: Row) -> dict[str, Any]:
    statement = STATEMENTS[row.id]
    evidence = [e for e in record.evidence if e.statement == row.id]
    controls = record.controls.get(row.id, {})
    return {
        **row.to_json(),
        "latex": statement.latex,
        "source": statement.source,
        "control_list": [
            {"name": name, "what": _what(row.id, name), "draws": draws}
            for name, draws in controls.items()
        ],
        "test_list": [{**t, "experiment": _experiment(e)} for e in evidence for t in e.tests],
        "slack": _slack(evidence, statement.kind),
        "series": [{"experiment": _experiment(e), **s} for e in evidence for s in _series(e)],
        "numbers": [{"experiment": _experiment(e), **n} for e in evidence for n in _numbers(e)],
        "reproduce": reproduce(record, row.id),
        "finding": _finding(record, row.id),
    }


def _what(statement: str, control: str) -> str:
    """What a control breaks, in one line."""
    known = {c.name: c.what for c in REGISTRY.controls_of(statement)}
    return known.get(control, "")


def _experiment(evidence: Evidence) -> str:
    return str(evidence.configuration.get("name", ""))


def _slack(evidence: list[Evidence], kind: str) -> dict[str, Any] | None:
    """How far each draw, or each statistical test, stayed from refuting."""
    tests = [t for e in evidence for t in e.tests]
    if tests:
        found = [t["error"] for t in tests if t["error"] is not None]
        return {"measure": CHANCE, "values": found}
    if kind in (CERTIFICATE, IMPLICATION) and all(e.holds for e in evidence):
        found = [e.tightness for e in evidence if e.tightness is not None]
        return {"measure": RATIO, "values": found}
    return {"measure": ROUNDING, "values": [e.error for e in evidence if not e.is_vacuous]}


def _series(evidence: Evidence) -> list[dict[str, Any]]:
    """What can be drawn, each with its `name`; `DRAWN` says by which of their entries."""
    named = evidence.series.items()
    nested = [{"name": name, **s} for name, s in named if isinstance(s, dict)]
    every = [{"name": "", **evidence.series}, *nested]
    return [s for s in every if any(entry in s for entry in DRAWN)]


def _numbers(evidence: Evidence) -> list[dict[str, Any]]:
    """Series that are a few named numbers: `name` and `values`."""
    return [
        {"name": name, "values": s}
        for name, s in evidence.series.items()
        if isinstance(s, dict) and all(isinstance(v, int | float) for v in s.values())
    ]


def _options(record: Record, *left_out: str) -> str:
    options = ""
    for option, (entry, usual) in OPTIONS.items():
        value = record.about.get(entry, usual)
        if value != usual and option not in left_out:
            options += f" --{option} {shlex.quote(value)}"
    return options


def reproduce(record: Record, statement: str) -> str:
    """The command that runs one statement with its controls as this run did."""
    return f"pytest properties/ --statement {statement}{_options(record)}"


def _finding(record: Record, statement: str) -> dict[str, Any] | None:
    found = record.minimal_counterexample(statement)
    if found is None:
        return None
    path = shlex.quote(str(record.counterexample_path(statement)))
    options = _options(record, "hypothesis-profile")
    again = f"verifier check {statement} {path}{options}"
    return {**Finding.of(found).to_json(), "reproduce": again}
