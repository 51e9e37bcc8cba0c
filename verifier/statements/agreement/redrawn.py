"""The chance that f and g agree at each point of a run, most of the draws' own noise taken out.

One trained run shows agreement at a point or not, and its points share their networks, so that
averages over runs converge slowly. But most of what happens is in the signs of R5's limits, for
which readouts and targets can be drawn anew without training: a run's agreement, less what these
signs say of this run, plus what they say on average, has the same mean and little variance.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.model.network import Parameters, activation_pattern, as_double
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.measured import Runs, diagram_of, limits, realised
from verifier.trial.configuration import Configuration
from verifier.trial.study import Study

REDRAWS = 64
"""Readouts of f and targets drawn anew for each run."""


def chances(study: Study, c: Configuration) -> Tensor:
    """Estimates of the chance of agreement at each run's points, kept for all theories; (R, P).

    Their mean, given data and points, is the chance itself, *whatever R5's formulas are worth*:
    with S = 1 where the signs of `f_0 + T_f f_hat` and `g_0 + T_g g_hat` agree, they are
    `agree - S + M`, where M has the mean of S given data, points and both networks' weights and
    biases. Formulas that are right leave little variance.
    """
    key = ("R5 chances", c, study.experiment.replicates)
    if key not in study.kept:
        study.kept[key] = _chances(study, c, realised(study, c))
    found: Tensor = study.kept[key]
    return found


def _chances(study: Study, c: Configuration, runs: Runs) -> Tensor:
    cell = study.experiment.configurations.index(c)
    generator = study.generator("readouts and targets anew", cell)
    f, g = limits(PhaseDiagram, c, runs)
    shown = ((f > 0) == (g > 0)).double()
    means = []
    for trial, *parts in zip(study.trials(c), *runs, strict=True):
        run = Runs(*parts)
        start = trial.draw
        f_0, g_0 = (as_double(p) for p in (start.f_0, start.g_0))
        diagram = diagram_of(PhaseDiagram, c, run)
        means.append(average_agreement(diagram, run.z, f_0, g_0, generator))
    return runs.agree - shown + torch.stack(means)


def average_agreement(
    diagram: PhaseDiagram, z: Tensor, f_0: Parameters, g_0: Parameters, generator: torch.Generator
) -> Tensor:
    """`S`, averaged over `REDRAWS` readouts of f and targets and over *all* readouts of g, (P,).

    Given the weights, `f_0(z)` and `nabla f_0(x_n)` are linear in f's readout, and `g_0(z)` is
    normal with variance `(1/m) sum_i phi(u_i(z))^2`, exactly.
    """
    X = diagram.X
    slope = diagram.slope
    samples = len(X)
    width = len(f_0.a)
    readouts = torch.randn(REDRAWS, width, generator=generator, dtype=X.dtype, device="cpu")
    bits = torch.randint(0, 2, (REDRAWS, samples), generator=generator, device="cpu")
    readouts = readouts.to(X) / math.sqrt(width)
    patterns = activation_pattern(X @ f_0.W.mT + f_0.b, slope)
    features = (patterns.mT.unsqueeze(-1) * f_0.W.unsqueeze(1)).flatten(1)  # (m, N d)
    gradient = (readouts @ features).unflatten(1, X.shape)
    f = diagram.f_prediction(z, readouts @ _activations(f_0, z, slope).mT)
    learnt = diagram.g_prediction(z, torch.zeros_like(f), gradient, (2 * bits - 1).to(X))
    spread = _activations(g_0, z, slope).square().mean(dim=-1).sqrt()
    return torch.special.ndtr(torch.where(f > 0, learnt, -learnt) / spread).mean(dim=0)


def _activations(network: Parameters, z: Tensor, slope: float) -> Tensor:
    """`phi(u_i(z))`, (P, m)."""
    u = z @ network.W.mT + network.b
    return torch.where(u >= 0, u, slope * u)
