"""R4: the cosine of the input gradient and the published direction, over widths and times."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.linalg import vector_norm

from verifier.evidence.comparisons import Comparisons
from verifier.model.vectors import angles, cosines
from verifier.statements import paper
from verifier.statements.limits.experiments import CORRELATED, CORRELATED_WIDE, MORE_TIMES, TIMES
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.measured import Observed, observations
from verifier.statements.limits.rates import SHRINKS, by_width, judge_rare, judge_rate
from verifier.statements.statement import DEFAULT, LIMIT, NIGHTLY, PREDICTION, StatisticalStatement
from verifier.trial.study import Study

CLOSER = 1.25  # at the largest T the mean cosine is this much closer to cos(h, s) than to 1


def check(study: Study, out: Comparisons) -> None:
    """R4: over widths if the experiment has several, else over the times of its schedule."""
    over_widths = len(study.experiment.configurations) > 1
    (_cosine_over_widths if over_widths else _cosine_over_times)(study, out)


def _cosine_over_widths(study: Study, out: Comparisons) -> None:
    """The angle to s by `nabla f_0 + T h`, and beside it by `nabla f_0 + T s`."""

    def measure(limits: Limits, seen: Observed) -> list[Tensor]:
        s = limits.direction(seen.z)
        found, published = angles(seen.gradient_after, s), seen.gradient_before + limits.time * s
        predicted = limits.gradient(seen.z, seen.gradient_before)
        return [vector_norm(found - angles(u, s)) for u in (predicted, published)]

    error, published = by_width(study, measure)
    what = "the error of the predicted angle between nabla f_T and s"
    judge_rate(study, out, what, error, high=SHRINKS, find=-SHRINKS)
    event = "at the largest width an angle predicted by T s is at most twice as wrong as by T h"
    judge_rare(study, out, event, ~(published[:, -1] > 2 * error[:, -1]))


def _cosine_over_times(study: Study, out: Comparisons) -> None:
    """The cosine, averaged over fresh points, after each step of one schedule."""
    c = study.experiment.only

    def measure(limits: Limits, seen: Observed) -> Tensor:
        s, h = limits.direction(seen.z), limits.sharpened(seen.z)
        given = limits.gradient(seen.z, seen.gradient_before)
        found = [cosines(u, s).mean() for u in (seen.gradient_after, given, h)]
        return torch.stack([*found, limits.mean_cosine(seen.z).mean()])

    each_time = [
        torch.stack([measure(*seen) for seen in observations(study, c, steps)])
        for steps in range(1, len(c.f_steps) + 1)
    ]
    measured, given, level, average = torch.stack(each_time).permute(2, 0, 1)  # (times, R) each
    curves = {"measured": measured, "given nabla f_0": given, "cos(h, s)": level}
    for name, values in (curves | {"on average over f_0": average}).items():
        out.series[name] = values.mean(dim=1).tolist()
    out.series["T"] = [c.f_recipe.prefix(k + 1).time for k in range(len(c.f_steps))]
    judge_rare(
        study,
        out,
        "mean cosine of nabla f_T and s falls as T grows",
        ~(measured.diff(dim=0) > 0).all(dim=0),
    )
    if c.data.is_real:  # h and s are nearly parallel: no level below 1 to be told from it
        return
    event = f"at the largest T the mean cosine is less than {CLOSER:g} times closer to cos(h, s)"
    to_level, to_one = (measured[-1] - level[-1]).abs(), 1 - measured[-1]
    judge_rare(study, out, f"{event} than to 1", ~(to_one >= CLOSER * to_level))


R4 = StatisticalStatement(
    id="R4",
    statement="cos(nabla f_T, s) tends to cos(T h + nabla f_0, s): it rises with T and levels "
    "off at cos(h, s), not at 1",
    plain="Perturbations align with the class direction as training goes on, but never fully.",
    kind=PREDICTION,
    basis=LIMIT,
    source="paper, figure of cosine similarities",
    proof="docs/limits.md",
    rests_on=("R3", "P2"),
    carries=(paper.SIGNED_SUM,),
    needs=("train", "input_gradient"),
    latex=r"\cos(\nabla f_T, s) \to \cos(T h + \nabla f_0, s)",
    compare=check,
    tests=2,
    experiments={
        DEFAULT: CORRELATED + TIMES,
        NIGHTLY: CORRELATED + TIMES + CORRELATED_WIDE + MORE_TIMES,
    },
)
