"""R1: how fast the output of a wide network approaches its limit."""

from __future__ import annotations

from torch import Tensor
from torch.linalg import vector_norm

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.limits.experiments import NARROW, WIDE
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.measured import Observed
from verifier.statements.limits.rates import EXPONENT_ERROR, FINITE_WIDTH, by_width, judge_rate
from verifier.statements.statement import DEFAULT, NIGHTLY, RATE, StatisticalStatement
from verifier.trial.study import Study


def check(study: Study, out: Comparisons) -> None:
    """R1: the exponent of the output's distance from its limit."""

    def measure(limits: Limits, seen: Observed) -> list[Tensor]:
        return [vector_norm(seen.output_after - limits.output(seen.z, seen.output_before))]

    (errors,) = by_width(study, measure)
    what, rate = "the output's error, |f_T - f_0 - T f_hat|", study.theory[Limits].output_rate
    judge_rate(study, out, what, errors, rate - FINITE_WIDTH, rate + FINITE_WIDTH, EXPONENT_ERROR)


R1 = StatisticalStatement(
    id="R1",
    statement="|f_T - f_0 - T f_hat| scales as m^-1/2, as a vector over fresh z",
    plain="The output's distance from its wide limit falls as one over the root of the width.",
    kind=RATE,
    source="paper, wide limit of f",
    proof="docs/limits.md",
    rests_on=("D3", "P2", "P3"),
    carries=(paper.AGREEMENT,),
    needs=("train", "output"),
    latex=r"|f_T(z) - f_0(z) - T \hat f(z)| = O(m^{-1/2})",
    compare=check,
    tests=1,
    experiments={DEFAULT: NARROW, NIGHTLY: NARROW + WIDE},
)
