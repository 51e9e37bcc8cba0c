"""E4 and E8 of saved perturbations: a network and its samples decide them, whatever its path."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.audit.saved import Saved
from verifier.evidence.comparisons import Comparisons
from verifier.model.attack import L2, Attack
from verifier.model.losses import Identity
from verifier.model.network import as_double
from verifier.model.recipe import Recipe
from verifier.model.vectors import row_norms
from verifier.statements.beyond.formulas import steepest
from verifier.statements.beyond.margins import psi_error
from verifier.statements.identities.witness import attack_gradient
from verifier.statements.recognised import cause
from verifier.trial.rounding import RoundingBound, unit
from verifier.trial.trained import Trained


def attack_of(saved: Saved) -> Attack:
    """The norm in which a perturbation has its length."""
    return Attack.named(saved.texts.get("attack", L2.name))


def perturbations(saved: Saved, out: Comparisons) -> None:
    """`r_n = eps ytil_n psi(nabla f(x_n))`, and its length, by autograd on the saved network."""
    attack, eps, slope = attack_of(saved), saved.numbers["eps"], saved.numbers["slope"]
    f = as_double(saved.network())
    X, targets, r = (saved.arrays[name].double() for name in ("X", "targets", "r"))
    nothing = torch.zeros_like(targets)
    run = Trained(f, f, X, targets, Recipe((0.0,), Identity(), slope), nothing, nothing)
    rounding = RoundingBound.of(run, saved.dtype)
    one = unit(run, saved.dtype)
    _, g = attack_gradient(f, X, targets, run.recipe)
    vanishes = (g == 0).all(dim=1)
    at_kink = rounding.near_kink(X).any(dim=1)
    error = psi_error(g, attack, rounding.input_gradient(X), one)
    error = torch.where(vanishes[:, None], 2 * at_kink[:, None].to(error.dtype), error)
    due = eps * targets[:, None] * steepest(g, attack)
    clear = error < 1
    out.vacuous(int((~clear).sum()))
    bound = eps * error
    why = cause(X, r, due, bound, g, one) if attack.norm == L2.norm else ""
    out.identity(f"r_n = eps ytil_n psi(nabla f){why}", r[clear], due[clear], bound[clear])
    rows = clear.all(dim=1) & ~vanishes
    length = _lengths(r[rows], attack)
    # the gradient's length is raised to a power, and with it its error; the rest are single steps
    power = attack.dual - 1 if math.isfinite(attack.dual) else 0.0
    whole = torch.full_like(length, eps)
    out.identity(f"|r_n|_p = eps where nabla f != 0{why}", length, whole, one * (1 + power) * whole)


def _lengths(r: Tensor, attack: Attack) -> Tensor:
    if attack.norm == L2.norm:
        return row_norms(r)
    return torch.linalg.vector_norm(r, ord=attack.norm, dim=1)
