"""E8: any odd attack is a function of E1's sum of samples, and forgets the target."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import as_double
from verifier.statements import paper
from verifier.statements.beyond.formulas import AttackedDecomposition, steepest
from verifier.statements.beyond.inputs import ATTACKED
from verifier.statements.beyond.margins import psi_error
from verifier.statements.beyond.own_margins import margins_of_attacks
from verifier.statements.identities.formulas import decomposition
from verifier.statements.identities.witness import attack_gradient
from verifier.statements.recognised import cause
from verifier.statements.statement import IDENTITY, PathwiseStatement
from verifier.trial.rounding import unit
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """E8: the perturbation by autograd and by E1, its length, its oddness, and g's outputs."""
    start, c = trial.draw, trial.configuration
    attack, X, targets = c.attack_by, start.X.double(), start.targets.double()
    sign = targets[:, None]
    _, g = attack_gradient(as_double(trial.f.trained), X, targets, c.f_recipe)
    rounding = unit(trial.f.replay.run, start.X.dtype)
    error = _error(trial, X, g, rounding)
    bound = c.eps * error
    clear = error < 1
    out.vacuous(int((~clear).sum()))

    r, turned = (
        trial.code.perturb_by(trial.f.trained, start.X, t, c.eps, c.slope, attack).double()
        for t in (start.targets, -start.targets)
    )
    due = c.eps * sign * steepest(g, attack)
    why = cause(X, r, due, bound, g, rounding) if attack.norm == 2 else ""
    out.identity(f"r_n = eps ytil_n psi(nabla f){why}", r[clear], due[clear], bound[clear])
    rows = clear.all(dim=1) & (g != 0).any(dim=1)
    length = _length(r[rows], c.eps, attack.norm)
    whole = torch.full_like(length, c.eps)
    # the gradient's length is raised to a power, and with it its error; the rest are single steps
    power = attack.dual - 1 if math.isfinite(attack.dual) else 0.0
    narrow = rounding * (1 + power) * whole
    out.identity(f"|r_n|_p = eps where nabla f != 0{why}", length, whole, narrow)
    out.identity("r_n turns with its target", turned[clear], -r[clear], 2 * bound[clear])

    f, of_g = decomposition(trial, trial.f), decomposition(trial, trial.g)
    natural = X if c.scenario == "b" else torch.zeros_like(X)
    theory = trial.theory[AttackedDecomposition](f, of_g, natural, targets, c.eps, attack)
    claimed = c.eps * sign * theory.perturbation_directions()
    out.identity("r_n = eps ytil_n psi(E1's sum)", r[clear], claimed[clear], bound[clear])
    z = trial.points.double()
    from_attack = (of_g.coefficients(z) @ bound * z.abs()).sum(dim=1)
    of_output = trial.g.replay.rounding.output(z) + from_attack
    name = f"g_T(z), scenario ({c.scenario})"
    out.identity(name, trial.output(trial.g, trial.points), theory.output(z), of_output)
    margins_of_attacks(trial, out)


def _error(trial: Trial, X: Tensor, g: Tensor, rounding: float) -> Tensor:
    """What rounding may do to psi, (N, d); a gradient that vanishes may do so in one code alone."""
    bounds = trial.f.replay.rounding
    error = psi_error(g, trial.configuration.attack_by, bounds.input_gradient(X), rounding)
    at_kink = bounds.near_kink(X).any(dim=1, keepdim=True).to(error.dtype)
    return torch.where((g == 0).all(dim=1, keepdim=True), 2 * at_kink, error)


def _length(r: Tensor, eps: float, p: float) -> Tensor:
    scale = eps or 1.0
    return torch.linalg.vector_norm(r / scale, ord=p, dim=1) * scale


E8 = PathwiseStatement(
    id="E8",
    statement="r_n = eps ytil_n psi(xi_T(x_n) + sum_k y_k C_k(x_n) x_k) for every odd attack psi",
    plain="Any odd attack is made of the same sum, and turns with its target.",
    kind=IDENTITY,
    source="paper, future work: other attacks",
    proof="docs/beyond.md",
    rests_on=("E1", "E4", "E5"),
    carries=(paper.OTHER_ATTACKS,),
    needs=("train", "output", "perturb", "perturb_by"),
    latex=r"\tilde{y}_n r_n = \epsilon \psi\Big(\xi_T(x_n) + \sum_k y_k C_k(x_n) x_k\Big), \quad "
    r"\psi(g) = \nabla_g \max_{\|r\|_p \le 1, \|r\|_0 \le k} \langle g, r \rangle",
    compare=check,
    inputs=ATTACKED,
)
