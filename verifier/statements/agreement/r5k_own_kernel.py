"""R5k: the same prediction for narrow networks, with each draw's own kernel."""

from __future__ import annotations

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.statements.agreement.experiments import NARROW
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.judging import cell_of, judge_mean_share, keep_cells
from verifier.statements.agreement.measured import Shares, given_draws, realised, starts
from verifier.statements.statement import ADDED, DEFAULT, NIGHTLY, PREDICTION, StatisticalStatement
from verifier.trial.study import Study

NARROW_WRONG, NARROW_OFF = 0.0075, 0.03
"""Averages with a narrow network's own kernel: signs of f; distance of one run's shares."""


def check(study: Study, out: Comparisons) -> None:
    """R5k: narrow networks, each with its own kernel in place of `Phi`."""
    cells = []
    judged = []
    kind = study.theory[PhaseDiagram]
    for c in study.experiment.configurations:
        runs, both = realised(study, c), starts(study, c)
        shares = given_draws(kind, c, runs, *(kind.own_kernel(start) for start in both))
        extra = {"f wrong": shares.f_wrong, "g wrong": shares.g_wrong, "off": shares.off}
        cells.append(cell_of(c, shares.measured, **{"given the draws": shares.predicted}, **extra))
        judged.append(shares)
    keep_cells(out, cells)
    judge_own_kernel(Shares(*map(torch.cat, zip(*judged, strict=True))), study.alpha, out)


def judge_own_kernel(shares: Shares, alpha: float, out: Comparisons) -> None:
    """R5k's tests on independent runs."""
    wrong, off = NARROW_WRONG, NARROW_OFF
    judge_mean_share("signs of f mispredicted", shares.f_wrong, wrong, wrong, alpha, out)
    judge_mean_share("one run's agreement off", shares.off, off, off, alpha, out)


R5k = StatisticalStatement(
    id="R5k",
    statement="with each draw's own kernel K_0 for Phi, R5's prediction holds at width 100: "
    f"{NARROW_WRONG:.2%} of the signs of f wrong",
    kind=PREDICTION,
    source="this project at finite width (added)",
    proof="docs/agreement.md",
    carries=ADDED,
    needs=("train", "output", "perturb"),
    latex=r"K_0(z, x) = \frac{1}{m} \sum_i a_i^2 \phi'(u_i(z)) \phi'(u_i(x)) "
    r"\quad \text{for} \quad \Phi(z, x)",
    compare=check,
    tests=2,
    experiments={DEFAULT: NARROW, NIGHTLY: NARROW},
)
