"""R1x: the exact size of the kernel's part in the distance of an output from its limit."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.kernel.initial import initial_kernel
from verifier.model.device import block_elements
from verifier.statements.limits.fluctuation_experiments import DRAWN, MORE_DRAWN
from verifier.statements.limits.kernel_fluctuation import KernelFluctuation
from verifier.statements.limits.neurons import WHERE, Given
from verifier.statements.statement import (
    ADDED,
    DEFAULT,
    EXACT,
    MOMENTS,
    NIGHTLY,
    StatisticalStatement,
)
from verifier.statistics import variance
from verifier.trial.study import Study

WANTED = 0.1
"""The share of V that has to be noticed."""


def check(study: Study, out: Comparisons) -> None:
    """R1x at a new point and at a sample."""
    c, given = study.experiment.only, Given.of(study)
    key = ("R1x", study.experiment)
    if key not in study.kept:
        study.kept[key] = _kernels(study, given.z, given.X)
    theory = study.theory[KernelFluctuation](given.X, given.y, c.f_recipe)
    mean = study.phi(given.z, given.X, c.slope)
    judge(theory, study.kept[key], mean, given.z, c.width, study.alpha, out)


def _kernels(study: Study, z: Tensor, X: Tensor) -> Tensor:
    """`K_0(z, x_n)` of every fresh network, drawn by the code's `initialise`, (R, P, N)."""
    c, count = study.experiment.only, study.experiment.replicates
    batch = max(1, block_elements(torch.device(study.settings.device)) // c.width)
    found = []
    for start in range(0, count, batch):
        some = min(batch, count - start)
        networks = study.networks(c.width, c.data.dimension, some, "networks", start)
        found.append(initial_kernel(networks, z, X, c.slope))
    return torch.cat(found)


def judge(
    theory: KernelFluctuation,
    kernels: Tensor,
    mean: Tensor,
    z: Tensor,
    width: int,
    alpha: float,
    out: Comparisons,
) -> None:
    """R1x's tests on `kernels (R, P, N)` of mean `(P, N)` of R networks."""
    sums = width**0.5 * ((kernels - mean) * theory.weights(z)).sum(dim=-1)
    claimed = theory.variance(z)
    fourth = (theory.fourth_bound(z) + 3 * (width - 1) * claimed**2) / width
    for p, where in enumerate(WHERE):
        least, moments = WANTED * float(claimed[p]), (float(claimed[p]), float(fourth[p]))
        name = f"variance of the kernel sum, m E[sum_n w_n (K_0 - Phi)]^2, {where}"
        out.statistic(variance(name, sums[:, p], 0.0, *moments, alpha=alpha, wanted=least))


R1x = StatisticalStatement(
    id="R1x",
    statement="m E[sum_n w_n (K_0 - Phi)(z, x_n)]^2 = V(z), w_n = (T/N) y_n (<x_n, z> + beta)",
    plain="Times the width, the kernel prediction's mean square error is the same at any width.",
    kind=MOMENTS,
    basis=EXACT,
    source="this project",
    proof="docs/limits.md",
    rests_on=("P0",),
    carries=ADDED,
    needs=("initialise",),
    latex=r"m E \left[ \sum_n w_n (K_0 - \Phi)(z, x_n) \right]^2 = V(z) = \sum_{n, k} w_n w_k "
    r"\left[ 3 \Psi_{nk} - \Phi(z, x_n) \Phi(z, x_k) \right], \quad "
    r"w_n = \frac{T}{N} y_n (\langle x_n, z \rangle + \beta)",
    compare=check,
    tests=2,
    experiments={DEFAULT: DRAWN, NIGHTLY: DRAWN + MORE_DRAWN},
)
