"""R5u: the probability that f and g agree, predicted from the settings alone."""

from __future__ import annotations

from typing import Any

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.statements.agreement.experiments import GRID, MORE_GRIDS
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.judging import LEAST_WIDTH, cell_of, keep_cells
from verifier.statements.agreement.measured import Excess, averaged, excess, given_draws, realised
from verifier.statements.statement import ADDED, DEFAULT, NIGHTLY, PREDICTION, StatisticalStatement
from verifier.statistics.bounded import bounded_mean
from verifier.trial.study import Study

AVERAGE_OFF = 0.02
"""How far a share predicted without any draw may be off, on average over runs."""


EARLY = 1.0
"""Runs with T_f up to this, where the start of f still speaks, are tested apart from the rest."""


LIKELY_EARLY, LIKELY_LATE = 0.65, 0.75
"""Points where f and g agree with more than this probability are weighed against the others."""


def check(study: Study, out: Comparisons) -> None:
    """R5u: averages over both initial networks and the targets, given data and points.

    Over all points, where errors of unlike points may cancel, and with those where the true form
    expects agreement against the others, where errors towards or from a constant add up.
    """
    cells: list[dict[str, Any]] = []
    early, late = f"T_f <= {EARLY:g}", f"T_f > {EARLY:g}"
    likely = {early: LIKELY_EARLY, late: LIKELY_LATE}
    parts: dict[str, list[tuple[Excess, Excess]]] = {early: [], late: []}
    for c in study.experiment.configurations:
        runs = realised(study, c)
        predicted = averaged(study.theory[PhaseDiagram], c, runs)
        key = ("R5 true", c, study.experiment.replicates)
        if key not in study.kept:  # to draw beside it; what tells the points apart
            shown, p = given_draws(PhaseDiagram, c, runs).predicted, averaged(PhaseDiagram, c, runs)
            study.kept[key] = shown, p
        shown, true = study.kept[key]
        both = {"given the draws": shown, "averaged": predicted.mean(dim=1)}
        cells.append(cell_of(c, runs.agreement, **both))
        if c.width >= LEAST_WIDTH:
            name = early if c.f_recipe.time <= EARLY else late
            weight = torch.where(true > likely[name], 1.0, -1.0).to(true.dtype)
            whole = excess(runs.agree, predicted, torch.ones_like(weight))
            parts[name].append((whole, excess(runs.agree, predicted, weight)))
    keep_cells(out, cells)
    for name, part in parts.items():
        if part:
            weighed = (name, f"{name}, points above {likely[name]:g} less the others")
            for title, cases in zip(weighed, zip(*part, strict=True), strict=True):
                judge_averaged(
                    title, Excess(*map(torch.cat, zip(*cases, strict=True))), study.alpha, out
                )


def judge_averaged(name: str, off: Excess, alpha: float, out: Comparisons) -> None:
    """R5u's test on independent runs (R,)."""
    out.statistic(
        bounded_mean(
            f"agreement, measured - predicted, {name}", *off, AVERAGE_OFF, alpha=alpha, wanted=0.15
        )
    )


R5u = StatisticalStatement(
    id="R5u",
    statement="P(f and g agree at z) = N2(A, B; r) + N2(-A, -B; r) over starts and targets, "
    f"within {AVERAGE_OFF} on average, and where likely less elsewhere",
    kind=PREDICTION,
    source="paper, result 3, unconditional; sharpened",
    proof="docs/agreement.md",
    carries=ADDED,
    needs=("train", "output", "perturb"),
    latex=r"P(f_T(z) g_T(z) > 0) = N_2(A, B; r) + N_2(-A, -B; r), \quad "
    r"A = \frac{T_f \hat f}{\text{sd}_0}, \quad B = \frac{T_g \mu}{S}, \quad "
    r"r = \frac{T_g C}{\text{sd}_0 S}",
    compare=check,
    tests=4,
    experiments={DEFAULT: GRID, NIGHTLY: GRID + MORE_GRIDS},
)
