"""What R5 measures: outputs, perturbations and their prediction, for all runs of a cell at once."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import require
from verifier.model.network import as_double, input_gradient, output
from verifier.model.vectors import unit_rows
from verifier.statements.agreement.finite_width import DRAWS, FiniteWidth
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.trial.configuration import Configuration
from verifier.trial.learning import learn
from verifier.trial.study import Study
from verifier.trial.trial import Trial


class Ended(NamedTuple):
    """All runs of a cell, float64: `f_0 ... g (R, P)`; `gradient`, `nu (R, N, d)`: `nabla f_0(x_n)`
    and the perturbations' directions, targets' signs taken out.
    """

    X: Tensor
    y: Tensor
    natural: Tensor
    targets: Tensor
    z: Tensor
    f_0: Tensor
    g_0: Tensor
    f: Tensor
    g: Tensor
    gradient: Tensor
    nu: Tensor


def _end(trial: Trial) -> Ended:
    c, start = trial.configuration, trial.draw
    f, r, g = learn(trial.code, start, c)
    f_0, g_0 = as_double(start.f_0), as_double(start.g_0)
    X, z, targets = start.X.double(), start.z.double(), start.targets.double()
    return Ended(
        X,
        start.y.double(),
        trial.natural.double(),
        targets,
        z,
        output(f_0, z, c.slope),
        output(g_0, z, c.slope),
        trial.code.output(f, start.z, c.slope),
        trial.code.output(g, start.z, c.slope),
        input_gradient(f_0, X, c.slope),
        unit_rows(r.double() * targets.unsqueeze(-1)),
    )


def ended(study: Study, c: Configuration) -> Ended:
    """The runs of a cell; `InputError` unless it is one step of the identity loss with biases."""
    require(c.loss == "identity", "loss", repr(c.loss), "must be 'identity': tau is fixed by it")
    require(c.biases, "biases", c.biases, "must be true: Phi is that of networks with biases")
    steps = len(c.f_steps), len(c.g_steps)
    require(steps == (1, 1), "steps", steps, "must be one each: the corrections are of one step")
    key = ("R5 ended", c, study.experiment.replicates)
    if key not in study.kept:
        runs = zip(*(_end(trial) for trial in study.trials(c)), strict=True)
        study.kept[key] = Ended(*(torch.stack(part) for part in runs))
    found: Ended = study.kept[key]
    return found


class Off(NamedTuple):
    """Squares of what predictions miss, or may miss, of each run: f, g at z, directions; (R,).

    `nu_each (R, N)`: of the directions, sample by sample, where they may be missed.
    """

    f: Tensor
    g: Tensor
    nu: Tensor
    nu_each: Tensor | None = None


class Missing(NamedTuple):
    """Of each run, (R,): the share of h's flip term that the directions miss.

    `bias`: how far its mean may be from 0, to second order in the errors.
    """

    share: Tensor
    bias: Tensor


def diagram_of(kind: type[PhaseDiagram], c: Configuration, runs: Ended) -> PhaseDiagram:
    """The predictions for the runs of a cell."""
    times = c.f_recipe.time, c.g_recipe.time
    beta = c.f_recipe.beta
    return kind(runs.X, runs.y, runs.natural, c.eps, *times, c.slope, beta)


def allowed(study: Study, c: Configuration, runs: Ended) -> Off:
    """What width m lets predictions miss: sums over points, and over samples for the directions."""
    kind = study.theory[FiniteWidth]
    key = ("R5 allowed", c, study.experiment.replicates, kind)
    if key not in study.kept:
        shape = DRAWS, c.data.dimension + 1
        generator = study.generator("R5 neurons")
        neurons = torch.randn(shape, generator=generator, dtype=torch.float64, device="cpu")
        recipes = c.slope, c.f_recipe.beta, neurons.to(runs.X)
        inputs = runs.natural + c.eps * runs.targets.unsqueeze(-1) * runs.nu
        f = kind(runs.X, runs.y, c.f_recipe.time, *recipes)
        g = kind(inputs, runs.targets, c.g_recipe.time, *recipes)
        h = diagram_of(PhaseDiagram, c, runs).clean_gradient()
        turns = f.gradient_square(h, c.width) / c.width**0.5
        study.kept[key] = Off(
            f.output_square(runs.z, c.width).sum(dim=1) / c.width,
            g.output_square(runs.z, c.width).sum(dim=1) / c.width,
            turns.sum(dim=1),
            turns,
        )
    found: Off = study.kept[key]
    return found


def off(runs: Ended, c: Configuration, diagram: PhaseDiagram, may: Off) -> Off:
    """Squares missed, over what may be: of f at z, of g given its data, of the directions' turn.

    The turn is the distance of the true gradient's line from the predicted gradient's end, which
    is at most the gradient's whole error.
    """
    f = runs.f - diagram.f_prediction(runs.z, runs.f_0)
    g = runs.g - diagram.g_along(runs.z, runs.g_0, runs.nu, runs.targets)
    h = diagram_of(PhaseDiagram, c, runs).clean_gradient()
    square = (c.f_recipe.time * h + runs.gradient).square().sum(dim=-1)
    cosine = (diagram.directions(runs.gradient) * runs.nu).sum(dim=-1)
    turn = ((1 - cosine.square()) * square).sum(dim=1)
    return Off(f.square().sum(dim=1) / may.f, g.square().sum(dim=1) / may.g, turn / may.nu)


def missing(runs: Ended, c: Configuration, diagram: PhaseDiagram, may: Off) -> Missing:
    """How much of the flip term `T (h - s)` the true directions have beyond the predicted ones.

    Only what lies across a predicted gradient v can show: `u`. The gradient's end is `v + e`, so
    that `|v| <nu, u> = <e, u> (1 - <e, v>/|v|^2 + ...)`.
    """
    true = diagram_of(PhaseDiagram, c, runs)
    time, h = c.f_recipe.time, true.clean_gradient()
    length = torch.linalg.vector_norm(time * h + runs.gradient, dim=-1)
    ahead = diagram.directions(runs.gradient)
    flips = time * true.flip_term()
    u = flips - (flips * ahead).sum(dim=-1, keepdim=True) * ahead
    across = torch.linalg.vector_norm(u, dim=-1)
    square = across.square().sum(dim=1).clamp_min(torch.finfo(u.dtype).tiny)  # of no flips, none
    assert may.nu_each is not None
    return Missing(
        ((runs.nu * u).sum(dim=-1) * length).sum(dim=1) / square,
        (across * may.nu_each / (2 * length)).sum(dim=1) / square,
    )
