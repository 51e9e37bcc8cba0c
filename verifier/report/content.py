"""All that a report says, as plain data: the only thing that terminal, HTML, JSON and README read.

It comes from the record of a run and the registry of statements and controls, and nothing else.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.report.again import again
from verifier.report.budget import error_budget
from verifier.report.columns import COLUMNS
from verifier.report.coverage import coverage, covers_everything
from verifier.report.failures import failures
from verifier.report.finding import Finding
from verifier.report.folded import ROOT, folded
from verifier.report.history import history
from verifier.report.noticed import noticed
from verifier.report.ranges import ranges
from verifier.report.refuted import finding
from verifier.report.verdicts import REFUTED, Row, rows, unsettled
from verifier.report.wall_time import wall_time
from verifier.statements import CERTIFICATE, IMPLICATION, REGISTRY, Statement
from verifier.statements.identities.e0k_kink import AT_ZERO
from verifier.statistics import FALSE_ALARMS, POWER

SCHEMA = "perturbation-verifier report"
VERSION = 13
ROUNDING = "difference / what rounding allows"
CHANCE = "difference / what chance allows"
RATIO = "tightness (lhs / rhs)"
DRAWN = ("sizes", "cells", "quantiles", "T")
"""What marks a series as a rate, a phase diagram, quantiles of ratios to a bound, or curves."""


def gather(record: Record) -> dict[str, Any]:
    """Everything that reports say of a run, as plain JSON data of a stated schema and version.

    Raises `InputError` if the record names a statement that is in no chapter.
    """
    found = rows(record)
    counts = Counter(row.verdict for row in found)
    covered = coverage(record)
    spent = wall_time(record)
    content = {
        "schema": SCHEMA,
        "version": VERSION,
        "run": {"folder": str(record.folder or ""), "state": record.state, "about": record.about},
        "counts": counts,
        "worst": _worst_of(found),
        "settled": not unsettled(found) and REFUTED not in counts,
        "columns": [{"name": c.name, "meaning": c.meaning, "is_text": c.is_text} for c in COLUMNS],
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
        "error_budget": [{**asdict(s), "says": s.says} for s in error_budget(record, found)],
        "rejected": sum(record.rejected.values(), Counter[str]()),
        "hidden": _hidden(record, found),
        "at_kink": _conventions(found),
        "notes": _notes(found),
        "changed": record.changed,
        "chapters": _chapters(record, found),
        "coverage": [result.to_json() for result in covered],
        "covers_everything": covers_everything(covered),
        "necessity": record.necessity,
        "example": record.example,
        "wall_time": None if spent is None else asdict(spent),
    }
    plain: dict[str, Any] = json.loads(json.dumps(_finite(content)))
    return {**plain, "history": history(plain, record.folder)}


def statements_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every statement's part of gathered `content`, in the theory's order."""
    return [statement for chapter in content["chapters"] for statement in chapter["statements"]]


def _chapters(record: Record, found: list[Row]) -> list[dict[str, Any]]:
    """Every row in its chapter."""
    row_of, following = {row.id: row for row in found}, folded(record, found)
    return [
        {
            "name": chapter.title,
            "short": chapter.short or chapter.title,
            "about": chapter.sentence,
            "statements": [
                {**_statement(record, s, row_of[s.id]), "follows": ROOT * (s.id in following)}
                for s in chapter.statements
            ],
        }
        for chapter in REGISTRY.chapters
    ]


def _hidden(record: Record, found: list[Row]) -> list[dict[str, Any]]:
    """Where a fault could hide: statements with draws that were not comparable.

    `draws`: those compared, as everywhere; `kink_free`: of these, whose paths pass no kink nearby.
    """
    hidden = []
    for row in found:
        rejected = record.rejected.get(row.id, Counter())["not comparable"]
        clear = sum(bool(e.configuration.get("kink_free")) for e in row.evidence)
        if rejected:
            counts = {"not_comparable": rejected, "draws": row.draws, "kink_free": clear}
            hidden.append({"id": row.id, **counts})
    return hidden


def _notes(found: list[Row]) -> Counter[str]:
    """What statements counted, but for what `_conventions` says in a line."""
    every = sum((Counter(row.notes) for row in found), Counter[str]())
    return Counter({name: n for name, n in every.items() if not name.startswith(AT_ZERO)})


def _conventions(found: list[Row]) -> dict[str, str]:
    """What each function of the code took for phi'(0), as E0k read it."""
    told: dict[str, list[str]] = {}
    for name in (name for row in found for name, n in row.notes.items() if n):
        if name.startswith(AT_ZERO):
            function, value = name.removeprefix(AT_ZERO).split(": ")
            told.setdefault(function, []).append(value)
    return {function: " or ".join(sorted(values)) for function, values in told.items()}


def _finite(value: Any) -> Any:
    """The same data with None for what JSON cannot hold."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _statement(record: Record, statement: Statement, row: Row) -> dict[str, Any]:
    what = {control.name: control.what for control in REGISTRY.controls_of(row.id)}
    controls = record.controls.get(row.id, {})
    return {
        **row.to_json(),
        "cells": {column.name: column.cell(row) for column in COLUMNS},
        "latex": statement.latex,
        "plain": statement.plain,
        "basis": statement.basis,
        "source": statement.source,
        "rests_on": list(statement.rests_on),
        "control_list": [
            {"name": name, "what": what.get(name, ""), "draws": draws}
            for name, draws in controls.items()
        ],
        "test_list": [{**t, "experiment": _experiment(e)} for e in row.evidence for t in e.tests],
        "ranges": ranges(row.evidence),
        "noticed": noticed(row.evidence, row.kind),
        "slack": _slack(row),
        "series": [{"experiment": _experiment(e), **s} for e in row.evidence for s in _series(e)],
        "numbers": [{"experiment": _experiment(e), **n} for e in row.evidence for n in _numbers(e)],
        "reproduce": again(record, row.id),
        "worst": _worst(row),
        "finding": finding(record, statement, row),
        "failures": failures(row.evidence),
    }


def _worst(row: Row) -> dict[str, Any] | None:
    """Which comparison a statement's error is of; None where none was made."""
    compared = [e for e in row.evidence if not e.is_vacuous]
    if not compared:
        return None
    worst = max(compared, key=lambda e: e.error)
    found = Finding(worst)
    where = {"experiment": _experiment(worst), "words": found.words["where"]}
    where["dtype"] = str(worst.configuration.get("dtype", ""))
    return {"id": row.id, "error": worst.error, "allows": found.allows, **where}


def _worst_of(found: list[Row]) -> dict[str, Any] | None:
    """The worst comparison of all statements."""
    each = [worst for row in found if (worst := _worst(row))]
    return max(each, key=lambda worst: worst["error"], default=None)


def _experiment(evidence: Evidence) -> str:
    return str(evidence.configuration.get("name", ""))


def _slack(row: Row) -> dict[str, Any]:
    """How far each draw, or each statistical test, stayed from refuting."""
    tests = [t for e in row.evidence for t in e.tests]
    if tests:
        found = [t["error"] for t in tests if t["error"] is not None]
        return {"measure": CHANCE, "values": found}
    if row.kind in (CERTIFICATE, IMPLICATION) and all(e.holds for e in row.evidence):
        found = [e.tightness for e in row.evidence if e.tightness is not None]
        return {"measure": RATIO, "values": found}
    return {"measure": ROUNDING, "values": [e.error for e in row.evidence if not e.is_vacuous]}


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
