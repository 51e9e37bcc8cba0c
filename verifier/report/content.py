"""All that a report says, as plain data: the JSON report, and what the HTML page shows.

It comes from the record of a run and the registries of claims and controls, and nothing else.
"""

from __future__ import annotations

import json
import math
import re
import shlex
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from verifier.claims import CERTIFICATE, IMPLICATION, STATEMENTS
from verifier.evidence import Evidence
from verifier.mutants import MUTANTS
from verifier.record import Record
from verifier.report.coverage import coverage, covers_everything
from verifier.report.summary import REFUTED, Row, rows, unsettled
from verifier.report.timing import timing
from verifier.statistics import FALSE_ALARMS, POWER

SCHEMA = "perturbation-verifier report"
VERSION = 3
ROUNDING, CHANCE = "error / what rounding allows", "error / what chance allows"
RATIO = "lhs / rhs"
DRAWN = ("sizes", "cells", "quantiles", "T")
"""What marks a series as a rate, a phase diagram, quantiles of ratios to a bound, or curves."""


@dataclass(frozen=True)
class Family:
    """Statements that belong together: those whose id `pattern` matches."""

    name: str
    about: str
    pattern: str


FAMILIES = (
    Family(
        "Exact identities", "True at any width, of every single run, up to rounding.", "E[0-5].*"
    ),
    Family(
        "Certificates and implications",
        "Inequalities whose constants follow from the initial draw, and what they imply.",
        "D.*",
    ),
    Family("Probability", "About the law of the draw: tested at a stated error rate.", "P.*"),
    Family("Limits and rates", "How fast wide networks approach their prediction.", "R.*"),
    Family("Depth", "What remains true of deeper networks.", "E6.*"),
    Family(
        "Prior work's setting",
        "Mutually orthogonal samples, long training, and perturbations given by an oracle.",
        "O.*",
    ),
    Family("Other statements", "", ".*"),
)
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
        "families": _families(record, found),
        "coverage": [claim.to_json() for claim in covered],
        "covers_everything": covers_everything(covered),
        "necessity": record.necessity,
        "timing": None if spent is None else asdict(spent),
    }
    plain: dict[str, Any] = json.loads(json.dumps(_finite(content)))
    return plain


def _families(record: Record, waiting: list[Row]) -> list[dict[str, Any]]:
    """Every row in the first family that its id matches; families without rows are left out."""
    families = []
    for family in FAMILIES:
        members = [row for row in waiting if re.fullmatch(family.pattern, row.claim)]
        waiting = [row for row in waiting if row not in members]
        if members:
            claims = [_claim(record, row) for row in members]
            families.append({"name": family.name, "about": family.about, "claims": claims})
    return families


def _finite(value: Any) -> Any:
    """The same data with None for what JSON cannot hold."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _claim(record: Record, row: Row) -> dict[str, Any]:
    statement = STATEMENTS[row.claim]
    evidence = [e for e in record.evidence if e.claim == row.claim]
    controls = record.controls.get(row.claim, {})
    return {
        **row.to_json(),
        "id": row.claim,
        "latex": statement.latex,
        "source": statement.source,
        "control_list": [
            {"name": name, "what": _what(name), "draws": draws} for name, draws in controls.items()
        ],
        "test_list": [{**t, "experiment": _experiment(e)} for e in evidence for t in e.tests],
        "slack": _slack(evidence, statement.kind),
        "series": [{"experiment": _experiment(e), **s} for e in evidence for s in _series(e)],
        "numbers": [{"experiment": _experiment(e), **n} for e in evidence for n in _numbers(e)],
        "reproduce": reproduce(record, row.claim),
        "finding": _finding(record, row.claim),
    }


def _what(mutant: str) -> str:
    return MUTANTS[mutant].what if mutant in MUTANTS else ""


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


def reproduce(record: Record, claim: str) -> str:
    """The command that runs one claim with its controls as this run did."""
    longer = [c for c in STATEMENTS if claim.lower() in c.lower() and c != claim]
    selection = " and not ".join([claim, *longer])
    return f"pytest properties/ -k {shlex.quote(selection)}{_options(record)}"


def _finding(record: Record, claim: str) -> dict[str, Any] | None:
    found = record.minimal_counterexample(claim)
    if found is None:
        return None
    path = shlex.quote(str(record.counterexample_path(claim)))
    return {
        "conclusion": found.conclusion,
        "index": list(found.index),
        "data": found.data,
        "lhs": found.lhs,
        "rhs": found.rhs,
        "difference": found.difference,
        "bound": found.bound,
        "error": found.error,
        "allowed_by": "chance" if found.tests else "rounding",
        "configuration": dict(found.configuration),
        "reproduce": f"verifier check {claim} {path}{_options(record, 'hypothesis-profile')}",
    }
