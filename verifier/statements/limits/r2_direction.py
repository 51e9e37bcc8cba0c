"""R2: how fast the signed sum of samples turns to the published direction."""

from __future__ import annotations

from torch import Tensor
from torch.linalg import vector_norm

from verifier.evidence.comparisons import Comparisons
from verifier.model.vectors import angles
from verifier.statements import paper
from verifier.statements.limits.experiments import NARROW, WIDE
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.measured import Observed
from verifier.statements.limits.rates import EXPONENT_ERROR, FINITE_WIDTH, by_width, judge_rate
from verifier.statements.statement import DEFAULT, NIGHTLY, RATE, StatisticalStatement
from verifier.trial.study import Study


def check(study: Study, out: Comparisons) -> None:
    """R2: the exponent of the angle between the signed sum of samples and s."""

    def measure(limits: Limits, seen: Observed) -> list[Tensor]:
        return [vector_norm(angles(seen.signed_sum, limits.direction(seen.z)))]

    (turned,) = by_width(study, measure)
    what, rate = "the angle between sum y_n C_n x_n and s", study.theory[Limits].direction_rate
    judge_rate(study, out, what, turned, rate - FINITE_WIDTH, rate + FINITE_WIDTH, EXPONENT_ERROR)


R2 = StatisticalStatement(
    id="R2",
    statement="the angle of sum_n y_n C_n x_n to s = (1/N) sum_n y_n Phi x_n scales as m^-1/2",
    plain="The samples' part tends to the published direction, as one over the root of the width.",
    kind=RATE,
    source="paper, perturbations are parallel to sums of samples",
    proof="docs/limits.md",
    rests_on=("E1", "D2", "R1"),
    carries=(paper.SIGNED_SUM,),
    needs=("train", "input_gradient"),
    latex=r"\text{angle}\left(\sum_n y_n C_n(z) x_n, s(z)\right) = O(m^{-1/2}), \quad "
    r"s(z) = \frac{1}{N} \sum_n y_n \Phi(z, x_n) x_n",
    compare=check,
    tests=1,
    experiments={DEFAULT: NARROW, NIGHTLY: NARROW + WIDE},
)
