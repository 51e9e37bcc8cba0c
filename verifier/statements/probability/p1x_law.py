"""P1x: the exact law of the initial kernel, at any width."""

from __future__ import annotations

import numpy as np
import scipy
import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.kernel.initial import initial_kernel
from verifier.statements.control import Control
from verifier.statements.probability.broken_initialisations import (
    CopiedNeurons,
    LargeReadout,
    SignReadout,
)
from verifier.statements.probability.experiments import LAWS, MORE_LAWS
from verifier.statements.probability.judging import measured_once, two_samples
from verifier.statements.probability.kernel_law import KernelLaw
from verifier.statements.statement import ADDED, DEFAULT, NIGHTLY, PROBABILITY, StatisticalStatement
from verifier.statistics.distribution import distribution
from verifier.trial.study import Study

WANTED = 0.05
"""The difference of two laws' probabilities that has to be noticed."""


def check(study: Study, out: Comparisons) -> None:
    """P1x at the first two samples."""
    z, x = two_samples(study)
    c = study.experiment.only
    kernels = measured_once(study, "P1x", lambda p: initial_kernel(p, z, x, c.slope)[:, 0, 0])
    judge_law(study.theory[KernelLaw](c.slope, c.width), kernels, z, x, study.alpha, out)


def judge_law(
    law: KernelLaw, kernels: Tensor, z: Tensor, x: Tensor, alpha: float, out: Comparisons
) -> None:
    """P1x's test on `kernels (n,)` of n independent networks."""
    p = law.both_active(z, x)
    conclusion = "law of the initial kernel K_0 between two points"
    out.statistic(
        distribution(conclusion, kernels, lambda v: law.cdf(v, p), alpha=alpha, wanted=WANTED)
    )


P1x = StatisticalStatement(
    id="P1x",
    statement="m K_0 ~ chi2(n1) + gamma chi2(n2) + gamma^2 chi2(n3), (n1, n2, n3) multinomial",
    plain="The kernel of a random network has an exact law at any width.",
    kind=PROBABILITY,
    source="this project",
    proof="docs/probability.md",
    rests_on=("P1",),
    carries=ADDED,
    needs=("initialise",),
    latex=r"m K_0(z, x) \sim \chi^2_{n_1} + \gamma \chi^2_{n_2} + \gamma^2 \chi^2_{n_3}, \quad "
    r"(n_1, n_2, n_3) \sim \text{multinomial}(m; p, 1 - 2p, p)",
    compare=check,
    tests=1,
    experiments={DEFAULT: LAWS, NIGHTLY: LAWS + MORE_LAWS},
)


class NormalLaw(KernelLaw):
    def cdf(self, kernels: Tensor, p: float) -> tuple[Tensor, Tensor]:
        # The central limit, mean and variance right
        shares, scales = np.array((p, 1 - 2 * p, p)), np.array(self.scales())
        mean, square = shares @ scales, 3 * (shares @ scales**2)
        spread = np.sqrt((square - mean**2) / self.width)
        at = torch.from_numpy(scipy.stats.norm.cdf(kernels.cpu().numpy(), mean, spread)).to(kernels)
        return at, at


class TenthTooSmall(KernelLaw):
    def cdf(self, kernels: Tensor, p: float) -> tuple[Tensor, Tensor]:
        # Of 0.9 K_0
        return super().cdf(kernels / 0.9, p)


class PatternsIndependent(KernelLaw):
    def both_active(self, z: Tensor, x: Tensor) -> float:
        # As if no neuron saw that the two points are alike
        return 0.25


class SlopeOnce(KernelLaw):
    def scales(self) -> tuple[float, float, float]:
        # gamma for gamma^2
        return 1.0, self.slope, self.slope


class CountsFixed(KernelLaw):
    def transform(self, s: np.ndarray, p: float) -> np.ndarray:
        # As many neurons of each kind as are expected
        of_each = zip((p, 1 - 2 * p, p), self.scales(), strict=True)
        logs = sum(-share * np.log(1 - 2j * s * scale) / 2 for share, scale in of_each)
        found: np.ndarray = np.exp(self.width * logs)
        return found


class TailsTwentyTimesSmaller(KernelLaw):
    def cdf(self, kernels: Tensor, p: float) -> tuple[Tensor, Tensor]:
        # Either side of the median twenty times less likely, which leaves P1's bound a bound
        at, below = super().cdf(kernels, p)
        return tuple(torch.where(v <= 0.5, v / 20, 1 - (1 - v) / 20) for v in (at, below))  # type: ignore[return-value]


def _altered(name: str, what: str, law: type[KernelLaw]) -> Control:
    return Control(name, what, ("P1x",), altered={KernelLaw: law})


CONTROLS = (
    Control("law-large-readout", "a from N(0, 2)", ("P1x",), LargeReadout),
    Control("law-sign-readout", "readout +-1", ("P1x",), SignReadout),
    Control("law-copied-neurons", "each neuron four times", ("P1x",), CopiedNeurons),
    _altered("law-normal", "the central limit for the law", NormalLaw),
    _altered("law-tenth-too-small", "the law of 0.9 K_0", TenthTooSmall),
    _altered("law-patterns-independent", "p = 1/4", PatternsIndependent),
    _altered("law-slope-once", "gamma for gamma^2", SlopeOnce),
    _altered("law-tails-twentieth", "tails 20 times smaller", TailsTwentyTimesSmaller),
    _altered("law-counts-fixed", "n1, n2, n3 at their means", CountsFixed),
)
