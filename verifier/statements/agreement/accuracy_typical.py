"""P6's parts at points that are exactly typical, where neither lengths nor angles scatter.

`x = y mu + e` with `|mu|^2 = c^2 d`, `|e|^2 = d`, and all e orthogonal to each other and to mu:
what P6 puts in the place of random samples. At a fresh point its parts are exact.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.kernel.prediction import f_hat, sharpened_direction
from verifier.statements.agreement.accuracy import Accuracy

SAMPLES = 40
_FEW = 16  # rounding errors beside those of products and sums


def typical(c: float) -> tuple[Tensor, Tensor]:
    """`SAMPLES` points and two fresh ones, `(N + 2, N + 3)`, mu along the first axis; labels."""
    rows = SAMPLES + 2
    y = torch.ones(rows, dtype=torch.float64, device="cpu")
    y[::2] = -1
    noise = torch.eye(rows, dtype=torch.float64, device="cpu")
    return math.sqrt(rows + 1) * torch.cat((c * y[:, None], noise), dim=1), y


def compare_typical(stated: Accuracy, out: Comparisons) -> None:
    """P6 of these many samples and dimensions, with trained biases.

    A sample is at the angle 0 to itself, where P6 counts it among those of its class: of its noise
    P6 has `c^2 arc tan(theta_+/2)/(S N)` too much, at most a quarter of `arc/N`.
    """
    points, labels = typical(stated.c)
    N, d = SAMPLES, points.shape[1]
    a, slope = replace(stated, N=N, d=d, beta=1.0), stated.slope
    X, y = points[:N], labels[:N]
    of_mu, of_noise = _shares(a, points, labels)
    of_own, of_others = of_noise.diagonal(), of_noise[N:, :N] * labels[N:, None] * y
    same = labels[N:, None] == y
    fresh_points = zip(points[N:], labels[N:], strict=True)
    by_samples = torch.stack([_by_samples(a, X, z, label) for z, label in fresh_points])
    learnt = f_hat(points, X, y, slope) * labels
    fresh, own = learnt[N:], learnt[:N] - learnt[N:].mean()

    least = 1 / math.sqrt(2 + stated.c**2)  # sin theta_+, the smaller sine, is more
    unit = _FEW * (N + d) * torch.finfo(X.dtype).eps / least**2
    size = (1 + stated.c**2) * d + 1

    def same_as(what: str, found: Tensor, claimed: float, bound: float) -> None:
        told = torch.full_like(found, claimed)
        out.identity(f"{what}, at typical points", found, told, torch.full_like(found, bound))

    same_as("alpha - t", of_mu[N:], a.alpha - a.turned.mean, unit)
    same_as("t", -of_own[N:], a.turned.mean, unit)
    same_as("psi_+", N * of_others[same], a.psi.same, N * unit)
    same_as("psi_-", N * of_others[~same], a.psi.other, N * unit)
    same_as("psi'_+", by_samples[same], a.psi_along.same, unit)
    same_as("psi'_-", by_samples[~same], a.psi_along.other, unit)
    same_as("y f_hat", fresh, a.mean_of_f(), unit * size)
    same_as("own part of y f_hat", own, a.own_sample(), unit * size)
    of_points = (a.c * of_mu[N:]).square() + of_noise[N:, :N].square().sum(dim=1)
    noise = of_points + (a.c * by_samples / N).square().sum(dim=1)
    same_as("variance of y f_hat", noise * d, a.noise_of_f(), unit * size)
    counted = a.delta + a.psi.same / N
    itself = counted - a.c**2 * a.arc * math.tan(a.angle(1) / 2) / (a.size * N)
    same_as("delta", of_own[:N], itself, unit)
    across = of_noise[:N].square().sum(dim=1)
    same_as("|h across the means|^2", across, a.across() / d - counted**2 + itself**2, unit)


def _shares(a: Accuracy, points: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Of mu in `nabla f_hat`, (P,); of each point's noise in `y nabla f_hat`, (P, P); beta 0."""
    X, y = points[: a.N], labels[: a.N]
    h = sharpened_direction(points, X, y, a.slope, 0.0) / math.sqrt(a.d)
    return h[:, 0] / a.c, h[:, 1:] * labels[:, None]


def _by_samples(a: Accuracy, X: Tensor, z: Tensor, label: Tensor) -> Tensor:
    """How much `y N f_hat(z)` gains where each sample moves by mu, of `|mu|^2`, (N,); beta 0."""
    by_sample = sharpened_direction(X, z[None], label[None], a.slope, 0.0)
    return by_sample[:, 0] / (a.c * math.sqrt(a.d))
