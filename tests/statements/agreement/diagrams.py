"""Phase diagrams of small data sets, which tests of R5's formulas share."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.statements.agreement.draws import generator
from verifier.data.distributions import Data
from verifier.statements.agreement.formulas import PhaseDiagram


def problem(
    scenario: str,
    eps: float,
    f_time: float,
    g_time: float,
    *,
    samples: int = 6,
    d: int = 4,
    slope: float = 0.0,
    beta: float = 1.0,
    points: int = 5,
    kind: type[PhaseDiagram] = PhaseDiagram,
    seed: int = 0,
) -> tuple[PhaseDiagram, Tensor]:
    """One data set's phase diagram and fresh points."""
    X, y, z = Data("shifted", d, samples, separation=0.6).sample(points, generator(seed))
    natural = torch.zeros_like(X) if scenario == "a" else X
    return kind(X, y, natural, eps, f_time, g_time, slope, beta), z


def many(diagram: PhaseDiagram, runs: int) -> PhaseDiagram:
    """The same data for many runs at once."""
    X, y, natural = (t.expand(runs, *t.shape) for t in (diagram.X, diagram.y, diagram.natural))
    times = diagram.f_time, diagram.g_time
    return type(diagram)(X, y, natural, diagram.eps, *times, diagram.slope, diagram.beta)


def agreement(diagram: PhaseDiagram, z: Tensor) -> Tensor:
    """Probability that f and g agree at z, over both starts and the targets, (..., P)."""
    return diagram.chance(diagram.moments(z))
