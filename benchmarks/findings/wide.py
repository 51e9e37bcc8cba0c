"""Findings about laws and limits: the initial kernel, the published predictor, depth."""

from __future__ import annotations

import math
from functools import partial

import torch
from scipy.optimize import brentq

from benchmarks.findings.finding import Finding
from benchmarks.studies.depth import QUANTITIES, Net
from benchmarks.studies.depth import run as run_of_depth
from verifier.data.distributions import Data
from verifier.kernel.phi import phi
from verifier.kernel.prediction import direction, g_hat
from verifier.model.attack import natural_inputs, perturb
from verifier.model.network import initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements.probability.formulas import Concentration
from verifier.statements.probability.kernel_law import KernelLaw

RARE = 1e-9
"""A probability of failure, as a run grants it."""


def loose(is_sharp: bool, run: int) -> float:
    """How many times further than the exact law P1's bound on the kernel lies, at width 1000.

    Above the mean, at the same probability of failure; or P1x's exponential bound.
    """
    generator = torch.Generator(device="cpu").manual_seed(run)
    z, x = torch.randn(2, 1, 10, generator=generator, dtype=torch.float64, device="cpu")
    theory, law = Concentration(0.1, 1000), KernelLaw(0.1, 1000)
    p, mean = law.both_active(z, x), float(phi(z, x, 0.1))

    def excess(above: float) -> float:
        at = torch.tensor([mean + above], dtype=torch.float64, device="cpu")
        return 1 - float(law.cdf(at, p)[0]) - RARE

    exact = float(brentq(excess, 0.0, 1.0))
    upper = float(theory.kernel_range(z, x, -math.log(RARE))[1]) - mean
    return (upper if is_sharp else theory.kernel_bound(math.log(2 / RARE))) / exact


def unlike(scenario: str, family: str, run: int) -> float:
    """Share of fresh points at which the published predictor of g and g_hat have other signs.

    The published one is `(1/N) sum_n Phi(r_n, z) <s(x_n), z>`: no targets, no natural inputs, and
    directions as long as they are.
    """
    generator = torch.Generator(device="cpu").manual_seed(30_000 + run)
    d, N = (200, 100) if scenario == "b" else (100, 200)
    X, y, z = Data(family, d, N, separation=0.3).sample(200, generator)
    targets = 2.0 * torch.randint(0, 2, (N,), generator=generator, device="cpu") - 1
    targets = targets.to(X)
    f_0 = initialise(1000, d, generator=generator, dtype=torch.float64, device="cpu")
    f = train(f_0, X, y, Recipe((1.5, 1.5))).params
    r = perturb(f, X, targets, 1.0, 0.0)
    ours = g_hat(z, natural_inputs(X, scenario), r, targets, 0.0)
    published = (phi(z, r, 0.0) * (z @ direction(X, X, y, 0.0).T)).mean(dim=1)
    return float((published * ours <= 0).double().mean())


def deep(layers: int, quantity: str, is_trained: bool, run: int) -> float:
    """A quantity of the study of depth."""
    return run_of_depth(Net(layers), 100 + run, is_trained)[QUANTITIES.index(quantity)]


FINDINGS = (
    Finding(
        "exact-kernel-law",
        "kernel bound twice too long",
        "The kernel of a finite network has an exact law, and the usual bound is twice too long.",
        "ratio of P1's bound to the exact quantile at 10⁻⁹ and width 1000",
        1.5,
        partial(loose, False),
        partial(loose, True),
        "P1x's exponential bound",
        ("P1x", "P1"),
    ),
    Finding(
        "published-predictor",
        "published predictor: wrong signs",
        "On plain Gaussian samples the published predictor of g has other signs than its limit.",
        "share of fresh points where the signs differ in scenario (b) at d = 200, N = 100",
        0.1,
        partial(unlike, "b", "gaussian"),
        partial(unlike, "a", "shifted"),
        "perturbations alone, of a mean-shifted Gaussian, d = 100, N = 200",
        ("R5", "P4"),
        40,
    ),
    Finding(
        "published-predictor-by-class",
        "by class: wrong signs, too",
        "On mean-shifted Gaussian samples the published predictor of g has other signs, too.",
        "share of fresh points where the signs differ in scenario (b) at d = 200, N = 100",
        0.1,
        partial(unlike, "b", "shifted"),
        partial(unlike, "a", "shifted"),
        "perturbations alone, d = 100, N = 200",
        ("R5", "P4"),
        40,
    ),
    Finding(
        "deep-agreement",
        "six layers: f and g agree",
        "Six layers deep, a network learns from perturbations and agrees with the clean one.",
        "agreement of f and g at fresh points for six layers",
        0.75,
        partial(deep, 6, "agreement", True),
        partial(deep, 6, "agreement", False),
        "an f that was not trained",
        ("E6",),
    ),
    *(
        Finding(
            f"deep-span-{layers}",
            f"{layers} layers stay near the samples",
            f"In {layers} layers more of a perturbation lies in the samples' span than chance puts"
            " there.",
            "share of its squared length in the span of 40 samples of dimension 100",
            0.5,
            partial(deep, layers, "in the span", True),
            partial(deep, layers, "in the span", False),
            "an f that was not trained",
            ("E6", "E6s"),
        )
        for layers in (4, 6)
    ),
)
