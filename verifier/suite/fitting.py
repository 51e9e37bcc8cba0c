"""What a run draws for a code: what it supports, in the floating-point types that it supports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pkgutil import resolve_name
from typing import Any

import pytest
from hypothesis.errors import Unsatisfiable

from verifier.errors import SinglePrecision
from verifier.evidence.record import SINGLE, Record
from verifier.statements import PathwiseStatement, Statement, StatisticalStatement
from verifier.suite.ladder import Rung
from verifier.trial.case import Case
from verifier.trial.experiment import Experiment
from verifier.trial.subject import Subject
from verifier.trial.supports import EVERYTHING, Supports

UNSUPPORTED = "the code supports no configuration of its"
IN_DOUBLE = "float32 rounds away what it measures"


def supported(statement: Statement, subject: Subject) -> Supports:
    """What may be drawn: everything, where the code is handed nothing of it."""
    is_handed = set(statement.needs) - {"initialise"}
    return subject.supports if is_handed else EVERYTHING


def inapplicable(statement: Statement, subject: Subject) -> str:
    """Why a statement cannot be checked on a code; empty if it can."""
    absent = statement.unavailable(subject.implementation)
    if absent:
        return f"the implementation does not offer {', '.join(absent)}"
    is_double = "float64" in supported(statement, subject).dtypes
    return "" if is_double or not statement.needs_double else IN_DOUBLE


def fitted(statement: Statement, subject: Subject, configurations: Sequence[Any]) -> list[Any]:
    """Those of the configurations that are supported."""
    found = [supported(statement, subject).fit(c) for c in configurations]
    return [c for c in found if c is not None]


def fitted_ladder(statement: PathwiseStatement, subject: Subject) -> list[Rung]:
    """The rungs that are supported, each once."""
    is_double = "float64" in supported(statement, subject).dtypes
    ladder: tuple[Rung, ...] = resolve_name(statement.inputs.ladder)
    rungs: dict[Any, Rung] = {}
    for rung in ladder if is_double else [rung.in_single_precision() for rung in ladder]:
        for c in fitted(statement, subject, [rung.configuration]):
            rungs.setdefault((c, rung.zero_biases, rung.weights), replace(rung, configuration=c))
    return list(rungs.values())


def attained(statement: PathwiseStatement, subject: Subject) -> list[Case]:
    """The cases in which it is attained that are supported as they are, on the run's device."""
    able, device = supported(statement, subject), subject.settings.device
    found = [case for case in statement.attained() if able.admits(case.configuration)]
    return [Case.from_json(case.to_json(), device) for case in found]


def experiments_left(
    statement: StatisticalStatement,
    subject: Subject,
    experiments: Sequence[Experiment],
    record: Record,
) -> list[Experiment]:
    """The experiments of which every configuration is supported; skips if there are none."""

    def left(some: Iterable[Experiment]) -> list[Experiment]:
        pairs = [(e, fitted(statement, subject, e.configurations)) for e in some]
        whole = [(e, found) for e, found in pairs if len(found) == len(e.configurations)]
        return [replace(e, configurations=tuple(found)) for e, found in whole]

    found = left(experiments)
    if found:
        return found
    if not any(map(left, statement.experiments.values())):
        record.not_applicable[statement.id] = UNSUPPORTED
    pytest.skip(f"{statement.id}: {UNSUPPORTED}")


@contextmanager
def something_left(record: Record, statement: PathwiseStatement, met: list[Any]) -> Iterator[None]:
    """Skip a search in which nothing is supported, or all was computed in single precision."""
    try:
        yield
    except Unsatisfiable:
        if met and set(record.rejected.get(statement.id, ())) != {SINGLE}:
            raise
        reason = str(SinglePrecision()) if met else UNSUPPORTED
        if not met:
            record.not_applicable[statement.id] = reason
        pytest.skip(f"{statement.id}: {reason}")
