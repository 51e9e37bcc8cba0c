"""What P6's accuracies are made of, measured on samples by the kernel: no network is trained."""

from __future__ import annotations

import math
from collections.abc import Callable

import scipy
import torch
from torch import Generator, Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.kernel.phi import k_inf, phi
from verifier.kernel.prediction import f_hat, sharpened_direction
from verifier.statements.agreement.accuracy import Accuracy
from verifier.statements.agreement.transfer import scatter_rate
from verifier.statistics.median import median
from verifier.trial.configuration import Configuration
from verifier.trial.study import Study

SETS = 32
"""Sets of samples on which each part is measured."""

NOTICED = 0.5
"""Of a part, relative: the excess over `off` that has to be noticed."""

FRESH = 300
"""Points of both classes at which a part is averaged."""

AT_KINKS = 10
"""Of them, those whose flips are counted: each takes hundreds of neurons."""

TILT = 0.2
"""Of the targets' mean, where g's accuracy is given it."""

PART_OF: dict[str, Callable[[Accuracy], float]] = {
    "h across the means, squared": lambda a: a.across(),
    "h along the means": lambda a: (a.alpha + a.delta) * a.c**2 * a.d,
    "h along a sample's noise": lambda a: (a.delta + a.psi.same / a.N) * a.d,
    "mean h along the means, squared": lambda a: a.bayes(),
    "mean h across the means, squared": lambda a: a.of_samples() / (1 + a.c**2),
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


IN_WORDS = {
    "h across the means, squared": "square of h across the class means",
    "h along the means": "h along the class means",
    "mean h along the means, squared": "square of the mean h along the class means",
    "mean h across the means, squared": "square of the mean h across the class means",
    "Phi_a": "kernel Phi of a fresh and a perturbed point",
    "f's start, seen at all samples": "what f's start adds over all samples",
    "g_0^2": "square of g's output at its start",
    "flips": "what flips add to perturbations",
    "y f_hat": "mean of the predicted y f_hat",
    "variance of y f_hat": "variance of the predicted y f_hat",
    "own part of y f_hat, beyond another's": "what a sample adds to f_hat at itself",
    "g": "accuracy of g as a normal quantile",
    "g, given the targets' mean": "g's accuracy, given the targets' mean, as a normal quantile",
    "f": "accuracy of f as a normal quantile",
    "f on its samples": "accuracy of f on its samples as a normal quantile",
}
"""What a part's test is called, where its name alone does not say."""


def stated_parts(a: Accuracy) -> dict[str, float]:
    """The parts by P6, and the quantiles of its accuracies."""
    sure = {name: float(scipy.special.ndtri(of(a))) for name, of in SURE_OF.items()}
    return {**{name: of(a) for name, of in PART_OF.items()}, **sure}


def off(name: str, a: Accuracy) -> float:
    """How far a part may be off, relative: P6 leaves out what is of order 1/d and 1/N."""
    is_free = name in PART_OF and name not in OF_SAMPLES
    return 3 * (1 / a.d + (0 if is_free else 1 / a.N))


def compare_parts(study: Study, c: Configuration, stated: Accuracy, out: Comparisons) -> None:
    """Each part's median on random samples, and those of the accuracies that follow from them."""
    by_p6 = stated_parts(stated)
    for name, values in _parts(study, c).items():
        title = f"{IN_WORDS.get(name, name)}, measured over predicted less 1, c = {stated.c:g}"
        due = torch.tensor(by_p6[name], dtype=values.dtype, device=values.device)
        most = off(name, stated)
        out.statistic(median(title, values / due - 1, most, alpha=study.alpha, wanted=NOTICED))


def _parts(study: Study, c: Configuration) -> dict[str, Tensor]:
    """Each part on all sets of samples, (SETS,); measured once for all theories."""
    key = ("parts of P6", study.experiment, c)
    if key not in study.kept:
        generator = study.generator("parts", c.to_json())
        sets = [measured_parts(c, generator) for _ in range(SETS)]
        study.kept[key] = {name: torch.stack([one[name] for one in sets]) for name in sets[0]}
    found: dict[str, Tensor] = study.kept[key]
    return found


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
        (h.square().sum(dim=1) - (h @ mu).square() / mu.square().sum()).mean(),
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
    square = of["mean h along the means, squared"] + of["h across the means, squared"]
    length = time**2 * square + most + of["flips"]
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
