"""E8c: projected gradient steps stay in a cone around the gradient though patterns change."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import preactivation
from verifier.model.vectors import angles, row_norms
from verifier.statements import paper
from verifier.statements.beyond.attained import at_cone
from verifier.statements.beyond.formulas import Steps
from verifier.statements.beyond.inputs import CONED
from verifier.statements.beyond.measured import Stepped
from verifier.statements.control import Control
from verifier.statements.statement import IMPLICATION, PathwiseStatement
from verifier.trial.trial import Trial

_FEW = 16  # rounding errors beside those of products and sums


def check(trial: Trial, out: Comparisons) -> None:
    """E8c: the angle under L2, every entry whose sign cannot change under L-infinity."""
    run = Stepped.of(trial)
    (_signs if math.isinf(run.theory.attack.norm) else _cone)(run, out)


def _cone(run: Stepped, out: Comparisons) -> None:
    length = row_norms(run.g)
    R, own = run.theory.change(run.X), _size(run)
    out.identity("R", R, own, _FEW * sum(run.theory.f.W.shape) * torch.finfo(R.dtype).eps * own)
    claimed = run.theory.angle(R, length)
    wider = run.theory.angle(R + run.delta, length) - claimed
    holds = (R + run.delta < length) & (run.theory.eps > 0)
    for steps in run.schedules:
        bound = wider + (len(steps) + 2) * run.rounding
        turned = angles(run.perturbations(steps), run.along)
        name = f"angle of r_n after {len(steps)} steps to the gradient <= arcsin(R/|g|)"
        out.at_most(name, turned, claimed, bound, holds)


def _size(run: Stepped) -> Tensor:
    """R, (N,): the norm of `W_I` is the root of the largest eigenvalue of `W_I^T W_I`."""
    f, found = run.theory.f, []
    lift = (1 - run.theory.slope) * f.a.abs() / math.sqrt(f.width)
    u, most = preactivation(f, run.X), run.theory.threshold() + run.theory.slack
    for near in (-most <= u) & (u <= most) & (lift > 0):
        W, moved = f.W[near], lift[near]
        apart = (moved * (W * W).sum(dim=1).sqrt()).sum()
        square = torch.linalg.eigvalsh(W.T @ W)[-1].clamp_min(0.0)
        found.append(torch.minimum(apart, (moved.square().sum() * square).sqrt()))
    return torch.stack(found)


def _signs(run: Stepped, out: Comparisons) -> None:
    moves = run.theory.change_of_entries(run.X) + run.delta[:, None]
    clear = run.g.abs() > moves
    for steps in run.schedules:
        out.vacuous(int((~clear).sum()))
        r, along = run.perturbations(steps), run.theory.length(steps) * run.along
        bound = torch.full_like(r, run.theory.eps * len(steps) * run.rounding)
        name = f"entries of r_n after {len(steps)} steps whose sign is certain"
        out.identity(name, r[clear], along[clear], bound[clear])


E8c = PathwiseStatement(
    id="E8c",
    statement="projected gradient steps stay within arcsin(R/|g|) of g = nabla f(x_n)",
    plain="Projected steps stay within an angle of the gradient set by the neurons that may flip.",
    kind=IMPLICATION,
    source="paper, future work: other attacks",
    proof="docs/beyond.md",
    rests_on=("E8p",),
    carries=(paper.OTHER_ATTACKS,),
    needs=("train", "perturb_in_steps"),
    latex=r"\angle(\tilde{y}_n r_n, g) \le \arcsin \frac{R}{\|g\|}, \quad "
    r"R = \frac{1-\gamma}{\sqrt m} \min\Big(\sum_I |a_i| \|w_i\|, \|a_I\| \|W_I\|\Big)",
    compare=check,
    inputs=CONED,
    least_premise_share=0.2,
    attained=at_cone,
)


class InactiveNear(Steps):
    def may_change(self, z: Tensor) -> Tensor:
        # As if every inactive neuron might change
        return super().may_change(z) | (preactivation(self.f, z) < 0)


class AngleLess(Steps):
    def angle(self, change: Tensor, length: Tensor) -> Tensor:
        # .95 arcsin(R/|g|)
        return 0.95 * super().angle(change, length)


class EntriesLess(Steps):
    def change_of_entries(self, z: Tensor) -> Tensor:
        # .99 of what may change an entry
        return 0.99 * super().change_of_entries(z)


CONTROLS = (
    Control("cone-inactive", "inactive neurons in I", ("E8c",), altered={Steps: InactiveNear}),
    Control("cone-.95", ".95 of the angle", ("E8c",), altered={Steps: AngleLess}),
    Control("cone-entries-.99", ".99 of R's entries", ("E8c",), altered={Steps: EntriesLess}),
)
