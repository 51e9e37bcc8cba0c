"""From a finding to its likely cause: the fault that answers as the code does, everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from verifier.errors import InputError
from verifier.evidence.evidence import Evidence
from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.statements import REGISTRY, PathwiseStatement
from verifier.suite.diagnosis.probes import CALLS, Answer, Probe, answer, probes
from verifier.suite.diagnosis.readings import attack, saturated, trainings
from verifier.suite.diagnosis.suspects import Suspect, suspects
from verifier.trial.case import case_or_configuration
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.subject import Subject


def likely_cause(evidence: Evidence, subject: Subject) -> str:
    """The likely cause of a refutation by the subject's code; empty where nothing is known.

    Of each function that the statement reads and the code offers, in the order of training: what
    it answers to small calls, and to the finding's own, is compared with a second call, with the
    reference, with known faults, and with the broken codes among the negative controls.
    """
    statement = REGISTRY.statement(evidence.statement)
    fixed = probes(subject.supports)
    own = _of_finding(statement, evidence, subject)
    asked = {*statement.needs, *statement.reads_too} & subject.code.offered
    for function in CALLS:
        if function in asked:
            found = _of_function(function, subject.code, fixed, own)
            if found:
                return f"{function}: {found}"
    return ""


def _of_finding(statement: Any, evidence: Evidence, subject: Subject) -> list[Probe]:
    """The finding's own call, where it is one of a plain configuration."""
    if not isinstance(statement, PathwiseStatement):
        return []
    try:
        configuration, start = case_or_configuration(
            dict(evidence.configuration), statement.inputs.read, subject.settings.device
        )
    except InputError:
        return []
    if type(configuration) is not Configuration:
        return []
    return [Probe(configuration, start or draw(configuration, subject.settings))]


def _of_function(function: str, code: Checked, fixed: list[Probe], own: list[Probe]) -> str:
    met = [(probe, answer(code, function, probe)) for probe in (*fixed, *own)]
    answered = [(probe, found) for probe, found in met if found is not None]
    for probe, found in answered:
        again = answer(code, function, probe)
        if again is None or any((s != t).any() for s, t in zip(found, again, strict=True)):
            return "equal arguments, different results"
    reference = Checked(Reference())
    due = [answer(reference, function, probe) for probe, _ in answered]
    if not _differs(answered, due):
        return saturated(code, fixed[0]) if function == "perturb" and fixed else ""
    if function == "perturb" and (read := attack(answered[: len(fixed)])):
        return read
    told = chain(suspects(function), trainings(code, fixed) if function == "train" else ())
    return _first(told, answered)


def _differs(answered: list[tuple[Probe, Answer]], others: list[Answer | None]) -> bool:
    """Whether any answer is unlike the other one; unknown ones are like any."""
    pairs = zip(answered, others, strict=True)
    return any(o is not None and probe.unlike(found, o) for (probe, found), o in pairs)


def _first(told: Iterable[Suspect], answered: list[tuple[Probe, Answer]]) -> str:
    """The first cause that explains every answer; the finding's own, the largest, is last."""
    for suspect in told:
        if all(_explains(suspect, probe, found) for probe, found in answered):
            return suspect.cause
    return ""


def _explains(suspect: Suspect, probe: Probe, found: Answer) -> bool:
    theirs = suspect.answer(probe)
    return theirs is not None and not probe.unlike(found, theirs)
