"""Attacks, and what a network that learns from perturbations is given."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.errors import InputError, number, require, require_count
from verifier.model.device import read_together
from verifier.model.network import (
    Parameters,
    check_data,
    check_parameters,
    check_slope,
    input_gradient,
)
from verifier.model.vectors import unit_rows

_NAME = re.compile(r"L(inf|\d+(?:\.\d+)?)(?:, (\d+) pixels?)?")


@dataclass(frozen=True)
class Attack:
    """How far a perturbation may go: length `eps` in L_norm, along at most `pixels` entries.

    `direction(g)` is the psi of docs/beyond.md: of all r with `|r| <= 1` in that norm, and at most
    so many entries, the one that `<g, r>` is largest at. It is odd in g, and blind to its length.
    """

    norm: float = 2.0
    pixels: int | None = None

    def __post_init__(self) -> None:
        number("norm", self.norm, lambda p: p >= 1, "must be at least 1, or inf")
        if self.pixels is not None:
            require_count("pixels", self.pixels)

    @classmethod
    def named(cls, name: str) -> Attack:
        """`L2`, `Linf`, `L1.5`, or with `, 3 pixels` after it; raises `InputError`.

        >>> Attack.named("Linf, 3 pixels")
        Attack(norm=inf, pixels=3)
        """
        found = _NAME.fullmatch(name) if isinstance(name, str) else None
        rule = "must be L and a number of at least 1 or inf, as L2, or such with ', 3 pixels'"
        if found is None:
            raise InputError("attack", repr(name), rule)
        norm, pixels = found.groups()
        return cls(float(norm), None if pixels is None else int(pixels))

    @property
    def name(self) -> str:
        """What `named` understands."""
        kept = "" if self.pixels is None else f", {self.pixels} pixel" + "s" * (self.pixels != 1)
        return f"L{self.norm!r}".removesuffix(".0") + kept

    @property
    def dual(self) -> float:
        """`q` with `1/p + 1/q = 1`."""
        if self.norm == 1:
            return math.inf
        return 1.0 if self.norm == math.inf else self.norm / (self.norm - 1)

    def largest(self, g: Tensor) -> Tensor:
        """What is left of g with zeros but at its largest entries; of equal ones the first."""
        most = 1 if self.norm == 1 else self.pixels
        if most is None or most >= g.shape[-1]:
            return g
        order = g.abs().argsort(dim=-1, descending=True, stable=True)[..., :most]
        return torch.zeros_like(g).scatter(-1, order, g.gather(-1, order))

    def direction(self, g: Tensor) -> Tensor:
        """`psi(g)` of every row of `g (..., d)`, same shape; zero where g is."""
        kept = self.largest(g)
        if self.norm == math.inf:
            return kept.sign()
        if self.norm == 2:
            return unit_rows(kept)
        peak = kept.abs().amax(dim=-1, keepdim=True)
        share = torch.where(peak == 0, peak, kept.abs() / peak).pow(self.dual - 1)
        length = self.length(share).unsqueeze(-1)
        return kept.sign() * share / torch.where(length == 0, torch.ones_like(length), length)

    def length(self, r: Tensor) -> Tensor:
        """The norm of every row of `r (..., d)`, (...,), without overflow or underflow."""
        peak = r.abs().amax(dim=-1, keepdim=True)
        share = torch.where(peak == 0, peak, r / peak)
        return torch.linalg.vector_norm(share, ord=self.norm, dim=-1) * peak.squeeze(-1)


L2 = Attack()
"""The paper's."""


def perturb(params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float) -> Tensor:
    """`r_n = eps ytil_n nabla f(x_n)/|nabla f(x_n)|`, shape (N, d); zero where it vanishes (E4).

    One step of length eps that raises `ytil_n f`, whatever loss with `ell' > 0` is attacked.

    >>> f = Parameters(torch.eye(2), torch.zeros(2), torch.ones(2))
    >>> perturb(f, torch.ones(1, 2), torch.tensor([-1.0]), eps=1.0, slope=0.0)
    tensor([[-0.7071, -0.7071]])
    """
    return perturb_by(params, X, targets, eps, slope, L2)


def perturb_by(
    params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float, attack: Attack
) -> Tensor:
    """`r_n = eps ytil_n psi(nabla f(x_n))`, shape (N, d); zero where the gradient vanishes (E8).

    >>> f = Parameters(torch.eye(2), torch.zeros(2), torch.tensor([3.0, 1.0]))
    >>> perturb_by(f, torch.ones(1, 2), torch.ones(1), 1.0, 0.0, Attack.named("L2, 1 pixel"))
    tensor([[1., 0.]])
    """
    _check(params, X, targets, eps, slope, attack)
    return eps * targets.unsqueeze(-1) * attack.direction(input_gradient(params, X, slope))


def perturb_in_steps(
    params: Parameters,
    X: Tensor,
    targets: Tensor,
    eps: float,
    slope: float,
    attack: Attack,
    steps: tuple[float, ...],
) -> Tensor:
    """Projected gradient steps of lengths `steps` from `r = 0`, shape (N, d) (E8p, E8c).

    Each is `r <- P(r + step ytil psi(nabla f(x + r)))`; P scales what is longer than eps down to
    that length, in the attack's norm.
    """
    _check(params, X, targets, eps, slope, attack)
    good = all(math.isfinite(step) and step >= 0 for step in steps)
    require(good, "steps", steps, "must be finite and non-negative")
    r, sign = torch.zeros_like(X), targets.unsqueeze(-1)
    for step in steps:
        ahead = r + step * sign * attack.direction(input_gradient(params, X + r, slope))
        length = attack.length(ahead).unsqueeze(-1)
        r = ahead * torch.where(length > eps, eps / length, torch.ones_like(length))
    return r


def _check(
    params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float, attack: Attack
) -> None:
    require(math.isfinite(eps) and eps >= 0, "eps", eps, "must be finite and non-negative")
    require(isinstance(attack, Attack), "attack", type(attack).__name__, "must be an Attack")
    check_slope(slope)
    with read_together():
        check_parameters(params)
        check_data(X, targets, params, "targets")


def natural_inputs(X: Tensor, scenario: str) -> Tensor:
    """`o_n`: zero in scenario (a), perturbations alone; `x_n` in (b), on natural samples."""
    require(scenario in ("a", "b"), "scenario", repr(scenario), "must be 'a' or 'b'")
    return torch.zeros_like(X) if scenario == "a" else X
