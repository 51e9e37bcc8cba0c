"""Experiments of R1-R4 on few and narrow networks."""

from __future__ import annotations

from dataclasses import replace

from verifier.statements import DEFAULT, REGISTRY, STATISTICAL
from verifier.statements.control import Control
from verifier.trial.experiment import Experiment


def altered(statement: str) -> list[Control]:
    """The controls of a statement that alter its formulas."""
    return [control for control in REGISTRY.controls_of(statement) if control.altered]


def small(statement: str, replicates: int, widths: tuple[int, ...] = (30, 100, 300)) -> Experiment:
    """The statement's first experiment on few and narrow networks."""
    c = STATISTICAL[statement].experiments[DEFAULT][0].configurations[0]
    return Experiment("small", tuple(replace(c, width=m) for m in widths), replicates)


def times(replicates: int, width: int = 10_000) -> Experiment:
    c = STATISTICAL["R4"].experiments[DEFAULT][1].only
    return Experiment("times", (replace(c, width=width),), replicates)
