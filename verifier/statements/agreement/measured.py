"""The runs of a phase diagram's cells, trained once for all theories, and R5's predictions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import require
from verifier.model.network import Parameters, as_double, input_gradient, output
from verifier.statements.agreement.formulas import Kernel, PhaseDiagram
from verifier.statements.agreement.jointly_normal import Moments
from verifier.trial.configuration import Configuration
from verifier.trial.learning import learn
from verifier.trial.study import Study
from verifier.trial.trial import Trial

_LARGEST = 1 << 21  # entries of a temporary


def _where(event: Tensor, *outputs: Tensor) -> Tensor:
    """1 where the event occurs, else 0; NaN, which no test accepts, where an output is NaN."""
    return torch.where(torch.stack(outputs).isnan().any(dim=0), math.nan, event.double())


class Runs(NamedTuple):
    """All replicates of a cell: what they were given and how they ended; float64, (R, ...).

    `f_0`, `g_0`, `f`, `g`: outputs at `z` before and after training, (R, P). `gradient (R, N, d)`:
    `nabla f_0(x_n)`.
    """

    X: Tensor
    y: Tensor
    natural: Tensor
    targets: Tensor
    z: Tensor
    f_0: Tensor
    g_0: Tensor
    gradient: Tensor
    f: Tensor
    g: Tensor

    @property
    def agree(self) -> Tensor:
        """1 where the signs of the trained f and g agree, else 0; (R, P)."""
        return _where((self.f > 0) == (self.g > 0), self.f, self.g)

    def blocks(self) -> Iterator[Runs]:
        """The same runs in blocks whose largest temporary stays small."""
        rows = max(1, _LARGEST // (self.z.shape[1] * self.X[0].numel()))
        return (Runs(*part) for part in zip(*(t.split(rows) for t in self), strict=True))


def _realise(trial: Trial) -> tuple[Tensor, ...]:
    c = trial.configuration
    start = trial.draw
    f, _, g = learn(trial.code, start, c)
    f_0, g_0 = as_double(start.f_0), as_double(start.g_0)
    given = [t.double() for t in (start.X, start.y, trial.natural, start.targets, start.z)]
    before = [output(p, start.z.double(), c.slope) for p in (f_0, g_0)]
    after = [trial.code.output(p, start.z, c.slope) for p in (f, g)]
    return (*given, *before, input_gradient(f_0, start.X.double(), c.slope), *after)


def realised(study: Study, c: Configuration) -> Runs:
    """The runs of a cell; `InputError` unless the loss is the identity and there are biases."""
    require(c.loss == "identity", "loss", repr(c.loss), "must be 'identity': tau is fixed by it")
    require(c.biases, "biases", c.biases, "must be true: Phi is that of networks with biases")
    key = ("R5", c, study.experiment.replicates)
    if key not in study.kept:
        parts = zip(*(_realise(trial) for trial in study.trials(c)), strict=True)
        study.kept[key] = Runs(*(torch.stack(part) for part in parts))
    found: Runs = study.kept[key]
    return found


def starts(study: Study, c: Configuration) -> tuple[Parameters, Parameters]:
    """Both initial networks of every run, stacked."""
    key = ("R5 starts", c, study.experiment.replicates)
    if key not in study.kept:
        draws = [trial.draw for trial in study.trials(c)]
        sides = ([d.f_0 for d in draws], [d.g_0 for d in draws])
        stacked = (Parameters(*map(torch.stack, zip(*side, strict=True))) for side in sides)
        study.kept[key] = tuple(as_double(p) for p in stacked)
    f_0, g_0 = study.kept[key]
    return f_0, g_0


def diagram_of(
    kind: type[PhaseDiagram], c: Configuration, runs: Runs, *kernels: Kernel
) -> PhaseDiagram:
    """The predictions for the runs of a cell, or for one of them."""
    f, g = c.f_recipe, c.g_recipe
    times = f.time, g.time
    return kind(runs.X, runs.y, runs.natural, c.eps, *times, c.slope, f.beta, *kernels)


def limits(
    kind: type[PhaseDiagram], c: Configuration, runs: Runs, *kernels: Kernel
) -> tuple[Tensor, Tensor]:
    """`f_0 + T_f f_hat` and `g_0 + T_g g_hat` of each run given its draws, (R, P) each."""
    diagram = diagram_of(kind, c, runs, *kernels)
    f = diagram.f_prediction(runs.z, runs.f_0)
    return f, diagram.g_prediction(runs.z, runs.g_0, runs.gradient, runs.targets)


class Averaged(NamedTuple):
    """Predicted without any draw: the moments of both outputs, and the chance of agreement."""

    moments: Moments
    chance: Tensor


def averaged(kind: type[PhaseDiagram], study: Study, c: Configuration) -> Averaged:
    """At the points of all runs of a cell, (R, P)."""
    key = ("R5 averaged", kind, c, study.experiment.replicates)
    if key not in study.kept:
        parts = []
        for block in realised(study, c).blocks():
            diagram = diagram_of(kind, c, block)
            moments = diagram.moments(block.z)
            parts.append((*moments, diagram.chance(moments)))
        *joined, chance = (torch.cat(part) for part in zip(*parts, strict=True))
        study.kept[key] = Averaged(Moments(*joined), chance)
    found: Averaged = study.kept[key]
    return found
