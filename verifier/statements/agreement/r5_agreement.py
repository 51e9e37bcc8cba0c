"""R5: agreement of f and g in one run, predicted from the initial draws."""

from __future__ import annotations

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.agreement.experiments import GRID, MORE_GRIDS
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.judging import LEAST_WIDTH, cell_of, judge_mean_share, keep_cells
from verifier.statements.agreement.measured import Shares, given_draws, realised
from verifier.statements.statement import DEFAULT, NIGHTLY, PREDICTION, StatisticalStatement
from verifier.statistics.probability import binomial
from verifier.trial.study import Study

OFF, DELTA = 0.1, 0.02
"""One run's share of agreement is predicted within OFF but with probability DELTA at most."""


WRONG = 0.03
"""At most this share of the signs of f, or of g, is mispredicted, on average over runs."""


def check(study: Study, out: Comparisons) -> None:
    """R5: single runs, given both initial networks and the targets."""
    cells, judged = [], []
    for c in study.experiment.configurations:
        shares = given_draws(study.theory[PhaseDiagram], c, realised(study, c))
        extra = {"f wrong": shares.f_wrong, "g wrong": shares.g_wrong, "off": shares.off}
        cells.append(cell_of(c, shares.measured, **{"given the draws": shares.predicted}, **extra))
        if c.width >= LEAST_WIDTH:
            judged.append(shares)
    keep_cells(out, cells)
    if judged:
        judge_given_draws(Shares(*map(torch.cat, zip(*judged, strict=True))), study.alpha, out)


def judge_given_draws(shares: Shares, alpha: float, out: Comparisons) -> None:
    """R5's tests on independent runs."""
    found, runs = int((~(shares.off <= OFF)).sum()), len(shares.off)
    conclusion = f"one run's agreement off by more than {OFF}"
    out.statistic(binomial(conclusion, found, runs, DELTA, alpha=alpha, wanted=5 * DELTA))
    for name, wrong in (("f", shares.f_wrong), ("g", shares.g_wrong)):
        judge_mean_share(f"signs of {name} mispredicted", wrong, WRONG, WRONG, alpha, out)


R5 = StatisticalStatement(
    id="R5",
    statement="sgn(f_0 + T_f f_hat), sgn(g_0 + T_g g_hat) predict each run's agreement: off by "
    f"more than {OFF} in at most {DELTA:.0%}",
    kind=PREDICTION,
    source="paper, result 3, conditional",
    proof="docs/agreement.md",
    carries=(paper.AGREEMENT, paper.BOTH_SCENARIOS),
    needs=("train", "output", "perturb"),
    latex=r"P\left(\left|\text{share}(f_T g_T > 0) - \text{share}\left((f_0 + T_f \hat f) "
    r"(g_0 + T_g \hat g) > 0\right)\right| > " + f"{OFF}" + r"\right) \le " + f"{DELTA}",
    compare=check,
    tests=3,
    experiments={DEFAULT: GRID, NIGHTLY: GRID + MORE_GRIDS},
)
