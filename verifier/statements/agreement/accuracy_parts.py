"""What P6's accuracies are made of, measured on samples by the kernel: no network is trained."""

from __future__ import annotations

import math
from collections.abc import Callable

import scipy
import torch
from torch import Generator, Tensor

from verifier.kernel.phi import k_inf, phi
from verifier.kernel.prediction import f_hat, sharpened_direction
from verifier.statements.agreement.accuracy import Accuracy
from verifier.statements.agreement.transfer import scatter_rate
from verifier.trial.configuration import Configuration

FRESH = 150
"""Points of both classes at which a part is averaged."""

AT_KINKS = 4
"""Of them, those whose flips are counted: each takes hundreds of neurons."""

TILT = 0.1
"""Of the targets' mean, where g's accuracy is given it."""

PART_OF: dict[str, Callable[[Accuracy], float]] = {
    "|h|^2": lambda a: a.square(),
    "h along the means": lambda a: (a.alpha + a.delta) * a.c**2 * a.d,
    "h along a sample's noise": lambda a: (a.delta + a.psi.same / a.N) * a.d,
    "mean h along the means, squared": lambda a: a.bayes(),
    "mean h across the means, squared": lambda a: a.of_samples() - _between(a),
    "Phi_a": lambda a: a.attacked,
    "f's start, seen at all samples": lambda a: a.of_start(),
    "g_0^2": lambda a: a.own_output(),
    "flips": lambda a: a.flips(),
    "y f_hat": lambda a: a.mean_of_f(),
    "variance of y f_hat": lambda a: a.noise_of_f(),
    "own part of y f_hat, beyond another's": lambda a: a.own_sample(),
}
"""The parts, as P6 has them."""

SURE_OF: dict[str, Callable[[Accuracy], float]] = {
    "g": lambda a: a.of_g(),
    "g, given the targets' mean": lambda a: a.of_g_given(TILT),
    "f": lambda a: a.of_f(),
    "f on its samples": lambda a: a.of_f(on_samples=True),
}
"""The accuracies; as parts they are quantiles: how many standard deviations the mean is off 0."""

OF_SAMPLES = frozenset(PART_OF) - {"Phi_a", "g_0^2"}
"""The parts to which samples matter, and so their number."""


def _between(a: Accuracy) -> float:
    """What the samples' noise along mu adds to `of_samples`: from one set of samples to another."""
    return (a.c * (a.psi_along.mean + a.delta)) ** 2 * a.d / a.N


def stated_parts(a: Accuracy) -> dict[str, float]:
    """The parts by P6, and the quantiles of its accuracies."""
    sure = {name: float(scipy.special.ndtri(of(a))) for name, of in SURE_OF.items()}
    return {**{name: of(a) for name, of in PART_OF.items()}, **sure}


def off(name: str, a: Accuracy) -> float:
    """How far a part may be off, relative: P6 leaves out what is of order 1/d and 1/N."""
    is_free = name in PART_OF and name not in OF_SAMPLES
    return 3 * (1 / a.d + (0 if is_free else 1 / a.N))


def sampled(c: Configuration, rows: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Points `(rows, d)` of the mean-shifted Gaussian, every second one of each class; labels."""
    shape = rows, c.data.dimension
    noise = torch.randn(*shape, generator=generator, dtype=torch.float64, device="cpu")
    y = torch.ones(rows, dtype=torch.float64, device="cpu")
    y[::2] = -1
    return c.data.separation * y[:, None] + noise, y


def measured_parts(c: Configuration, generator: Generator) -> dict[str, Tensor]:
    """The parts on one set of samples, and the quantiles that follow from them, each ()."""
    slope, beta, time = c.slope, c.f_recipe.beta, c.f_recipe.time
    (X, y), (z, of_z) = (sampled(c, rows, generator) for rows in (c.data.samples, FRESH))
    d, N = X.shape[1], len(X)
    mu = torch.full_like(X[0], c.data.separation)
    h = sharpened_direction(X, X, y, slope, beta)
    own_noise = X - (X @ mu / mu.square().sum())[:, None] * mu
    pulled = h.mean(dim=0)
    on_mu = (pulled @ mu).square() / mu.square().sum()
    r = torch.randn(FRESH, d, generator=generator, dtype=torch.float64, device="cpu")
    r *= c.eps / torch.linalg.vector_norm(r, dim=1, keepdim=True)
    size = z.square().sum(dim=1) / d
    at_fresh = f_hat(z, X, y, slope, beta) * of_z
    K = k_inf(X, X, slope, beta)
    is_other = (y[:, None] == y).fill_diagonal_(False)
    rate = scatter_rate(z[:AT_KINKS], X, y, slope, beta, generator)
    parts = (
        h.square().sum(dim=1).mean(),
        (h @ mu).mean(),
        ((h * own_noise).sum(dim=1) * y).mean(),
        on_mu,
        pulled.square().sum() - on_mu,
        phi(z, r, slope).mean(),
        phi(X, X, slope).mean() * size.mean(),
        ((size + 1) * phi(z[:1], z[:1], slope)).mean(),
        time * rate.mean() / math.sqrt(c.width),
        at_fresh.mean(),
        at_fresh.var(),
        (K.diagonal().mean() - K[is_other].mean()) / N,
    )
    found = dict(zip(PART_OF, parts, strict=True))
    return {**found, **quantiles(c, found, phi(z[:1], z[:1], slope).mean())}


def quantiles(c: Configuration, of: dict[str, Tensor], most: Tensor) -> dict[str, Tensor]:
    """Quantiles of the accuracies from the measured parts; `most`: `E |nabla f_0|^2`."""
    time, reach = c.f_recipe.time, c.g_recipe.time * of["Phi_a"]
    length = time**2 * of["|h|^2"] + most + of["flips"]
    learnt = of["mean h along the means, squared"] + of["mean h across the means, squared"]
    met = (time**2 * learnt + of["f's start, seen at all samples"]) / length
    signal = reach * c.eps * time * of["h along the means"] / length.sqrt()
    noise = of["g_0^2"] + (reach * c.eps).square() * met
    by_targets = reach.square() * c.f_recipe.beta / c.data.samples
    tilt = reach * c.f_recipe.beta * TILT
    given = torch.special.ndtr((signal + torch.stack((tilt, -tilt))) / noise.sqrt()).mean()
    spread = (of["g_0^2"] + time**2 * of["variance of y f_hat"]).sqrt()
    at_samples = of["y f_hat"] + of["own part of y f_hat, beyond another's"]
    sure = (
        signal / (noise + by_targets).sqrt(),
        torch.special.ndtri(given),
        time * of["y f_hat"] / spread,
        time * at_samples / spread,
    )
    return dict(zip(SURE_OF, sure, strict=True))
