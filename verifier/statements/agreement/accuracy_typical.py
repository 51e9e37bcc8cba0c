"""P6's parts at points that are exactly typical, where neither lengths nor angles scatter.

`x = y mu + e` with `|mu|^2 = c^2 d`, `|e|^2 = d`, and all e orthogonal to each other and to mu:
what P6 puts in the place of random samples. At a fresh point its parts are exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.kernel.phi import phi
from verifier.kernel.prediction import f_hat, sharpened_direction
from verifier.statements.agreement.accuracy import Accuracy
from verifier.statements.agreement.own_moments import Lifted, direction_variance
from verifier.statements.agreement.own_widths import at_kink, turned_by_flips

Same = Callable[[str, Tensor, float, float], None]
"""Compares numbers with what is claimed of all of them, up to a bound."""

SAMPLES = 40
_TARGETS, _NEURONS = 6, 10  # targets in each combination; pairs of opposite neurons
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
    P6 has `c^2 arc tan(theta_+/2)/(S N)` too much, at most a quarter of `arc/N`; so it has of mu.
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
    less = counted - itself
    same_as("alpha + delta", of_mu[:N], a.alpha + a.delta - less, unit)
    along = (a.c * (of_mu[:N] + less)).square()
    same_as("|h along the means|^2", along, a.along() / d, unit)
    same_as("what no rule can know", along, a.bayes() / d, unit)
    pulled = (of_noise[:N] * y[:, None]).mean(dim=0)[:N] * N * y + less
    met = (1 + a.c**2) * pulled.square().mean()
    same_as("the samples' noise", met, a.of_samples() * N / d, (1 + a.c**2) * unit)
    _starts(a, points, labels, same_as)
    across = of_noise[:N].square().sum(dim=1)
    same_as("|h across the means|^2", across, a.across() / d - counted**2 + itself**2, unit)


def _starts(a: Accuracy, points: Tensor, labels: Tensor, same_as: Same) -> None:
    """What both networks begin with, the perturbations' kernel, flips and targets.

    Of opposite neurons at a kink the mean pattern is `(1 + gamma)/2`; P6 has `|w|^2 = 1`.
    """
    X, z, d = points[: a.N], points[a.N :], a.d
    r = torch.zeros_like(z)
    r[:, 1] = a.eps  # across both fresh points
    size = z.square().sum(dim=1) / d
    unit = _FEW * (a.N + d) * torch.finfo(X.dtype).eps * (2 + a.c**2)
    same_as("Phi_a", phi(z, r, a.slope).diagonal(), a.attacked, unit)
    same_as("E g_0^2", Lifted(z, z, a.slope).covariance(), a.own_output(), unit)
    one = torch.eye(d, dtype=X.dtype, device="cpu").unsqueeze(1)
    same_as("E |nabla f_0|^2", direction_variance(z[:1], one, a.slope).sum(), a.start(), unit)
    seen = size * phi(z, X, a.slope).mean(dim=1)
    same_as("f's start, seen at all samples", seen, a.of_start(), unit)
    generator = torch.Generator("cpu").manual_seed(0)
    half = torch.randn(_NEURONS, d + 1, generator=generator, dtype=X.dtype, device="cpu")
    for point in z:
        kink = at_kink(torch.cat((half, -half)), point, X, a.slope)
        q = kink.seen @ (labels[: a.N] * (X @ point)) / a.N
        c = turned_by_flips(q, q, kink.density, a.f_time, a.slope).mean()
        most = a.f_time * d * unit
        same_as("flips", c, a.flips() * math.sqrt(a.width), most)
    few = replace(a, N=_TARGETS)
    signs = torch.tensor([1.0, -1.0], dtype=X.dtype, device="cpu")
    means = torch.cartesian_prod(*[signs] * _TARGETS).mean(dim=1)
    same_as("beta/N", a.beta * means.square().mean(), few.targets(), unit)


def _shares(a: Accuracy, points: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Of mu in `nabla f_hat`, (P,); of each point's noise in `y nabla f_hat`, (P, P); beta 0."""
    X, y = points[: a.N], labels[: a.N]
    h = sharpened_direction(points, X, y, a.slope, 0.0) / math.sqrt(a.d)
    return h[:, 0] / a.c, h[:, 1:] * labels[:, None]


def _by_samples(a: Accuracy, X: Tensor, z: Tensor, label: Tensor) -> Tensor:
    """How much `y N f_hat(z)` gains where each sample moves by mu, of `|mu|^2`, (N,); beta 0."""
    by_sample = sharpened_direction(X, z[None], label[None], a.slope, 0.0)
    return by_sample[:, 0] / (a.c * math.sqrt(a.d))
