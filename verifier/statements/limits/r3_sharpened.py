"""R3: the gradient's change tends to T h, while the published direction keeps its angle to it."""

from __future__ import annotations

from torch import Tensor
from torch.linalg import vector_norm

from verifier.evidence.comparisons import Comparisons
from verifier.model.vectors import angles
from verifier.statements import paper
from verifier.statements.limits.experiments import CORRELATED, CORRELATED_WIDE
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.measured import Observed
from verifier.statements.limits.rates import SHRINKS, by_width, judge_rare, judge_rate
from verifier.statements.statement import DEFAULT, NIGHTLY, RATE, StatisticalStatement
from verifier.trial.study import Study


def check(study: Study, out: Comparisons) -> None:
    """R3: the gradient's change tends to T h, while s keeps its angle to it."""

    def measure(limits: Limits, seen: Observed) -> list[Tensor]:
        change = seen.gradient_after - seen.gradient_before
        s, h = limits.direction(seen.z), limits.sharpened(seen.z)
        gap = vector_norm(change - limits.time * h) / vector_norm(limits.time * h)
        return [gap, *(vector_norm(angles(*pair)) for pair in ((change, h), (change, s), (h, s)))]

    gap, to_h, to_s, between = by_width(study, measure)
    what = "the gradient's relative error, |nabla f_T - nabla f_0 - T h| / |T h|"
    judge_rate(study, out, what, gap, high=SHRINKS, find=-SHRINKS)
    judge_rate(study, out, "angle(nabla f_T - nabla f_0, h)", to_h)
    judge_rate(study, out, "angle(nabla f_T - nabla f_0, s)", to_s)
    final = {"to h": to_h, "to s": to_s, "between h and s": between}
    out.series["angles at the largest width"] = {
        k: float(v[:, -1].mean()) for k, v in final.items()
    }
    event = "at the largest width the gradient's angle to s is at most twice that to h"
    judge_rare(study, out, event, ~(to_s[:, -1] > 2 * to_h[:, -1]))


R3 = StatisticalStatement(
    id="R3",
    statement="what training adds to the gradient of f tends to T h; h, the gradient of f_hat, is "
    "s + a term from flipped patterns: not to the published T s",
    plain="As neurons flip, what training adds to a gradient leaves the published direction.",
    kind=RATE,
    source="this project, sharpens the paper's direction",
    proof="docs/limits.md",
    rests_on=("R2",),
    carries=(paper.SIGNED_SUM,),
    needs=("train", "input_gradient"),
    latex=r"\nabla f_T(z) - \nabla f_0(z) \to T h(z), \quad h(z) = s(z) + "
    r"\frac{1}{N} \sum_n y_n (\langle z, x_n \rangle + \beta) \nabla_z \Phi(z, x_n)",
    compare=check,
    tests=2,
    experiments={DEFAULT: CORRELATED, NIGHTLY: CORRELATED + CORRELATED_WIDE},
)
