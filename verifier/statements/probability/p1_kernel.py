"""P1: the initial kernel is close to its mean with high probability, for all pairs at once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.kernel.initial import initial_kernel
from verifier.statements import paper
from verifier.statements.probability.experiments import KERNELS, MORE_KERNELS
from verifier.statements.probability.formulas import Concentration
from verifier.statements.probability.judging import (
    DELTA,
    NOTICED,
    formulas_of,
    keep_ratios,
    measured_once,
)
from verifier.statements.statement import DEFAULT, NIGHTLY, PROBABILITY, StatisticalStatement
from verifier.statistics.probability import binomial
from verifier.trial.study import Study


def check(study: Study, out: Comparisons) -> None:
    """P1 for all pairs of fresh points and samples at once, by the stated and the sharp bound."""
    draw = study.fixed()
    slope = study.experiment.only.slope
    theory = formulas_of(study)
    z, X = draw.z.double(), draw.X.double()
    kernels = measured_once(study, "P1", lambda p: initial_kernel(p, z, X, slope))
    judge_kernel(theory, kernels, z, X, study.alpha, out)


def judge_kernel(
    theory: Concentration, kernels: Tensor, z: Tensor, X: Tensor, alpha: float, out: Comparisons
) -> None:
    """P1's tests on `kernels (n, P, N)` of n independent networks."""
    pairs, centre = kernels[0].numel(), theory.kernel_mean(z, X)
    bound = theory.kernel_bound(math.log(4 * pairs / DELTA))
    low, high = theory.kernel_range(z, X, math.log(2 * pairs / DELTA))
    change = kernels - centre
    ratios = {
        "initial kernel K_0 within the bound stated about Phi": change.abs() / bound,
        "initial kernel K_0 within its sharp range": torch.maximum(
            change / (high - centre), change / (low - centre)
        ),
    }
    for name, ratio in ratios.items():
        worst = ratio.flatten(1).amax(dim=1)
        found, conclusion = int((~(worst <= 1)).sum()), f"{name}, {pairs} pairs at once"  # or NaN
        out.statistic(binomial(conclusion, found, len(worst), DELTA, alpha=alpha, wanted=NOTICED))
        out.tightness = keep_ratios(out, name, worst)  # in the end that of the sharp range


P1 = StatisticalStatement(
    id="P1",
    statement="|K_0 - Phi| <= 2 sqrt(s/m) + 2 s/m + (1-gamma^2) sqrt(s/2m) for J pairs at once "
    "but for 4 J e^-s",
    plain="The kernel of a random network is near its limit, with a stated probability.",
    kind=PROBABILITY,
    source="this project; a sharper range",
    proof="docs/probability.md",
    rests_on=("P0",),
    carries=(paper.AGREEMENT,),
    needs=("initialise",),
    latex=r"P\left(\max_j |K_0 - \Phi| > 2 \sqrt{\frac{s}{m}} + \frac{2 s}{m} + "
    r"(1 - \gamma^2) \sqrt{\frac{s}{2 m}}\right) \le 4 J e^{-s}",
    compare=check,
    tests=2,
    experiments={DEFAULT: KERNELS, NIGHTLY: KERNELS + MORE_KERNELS},
)
