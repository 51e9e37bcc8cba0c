"""R5u: the probability that f and g agree, predicted from the settings alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.agreement.experiments import MORE_GRIDS, TELLING
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.judging import LEAST_WIDTH, blocks, cell_of, keep_cells
from verifier.statements.agreement.measured import averaged, realised
from verifier.statements.agreement.redrawn import chances
from verifier.statements.agreement.rivals import RIVALS, forecasts
from verifier.statements.statement import (
    ADDED,
    DEFAULT,
    HEURISTIC,
    NIGHTLY,
    PREDICTION,
    StatisticalStatement,
)
from verifier.statistics.median import median
from verifier.statistics.score import advantage, better
from verifier.trial.study import Study

AVERAGE_OFF = 0.02
"""How far the chance of agreement may be off, averaged over a block of runs."""

WANTED = 0.05
"""The excess over it that has to be noticed."""

RESOLUTION = 0.03
"""A rival is judged where it differs by this much (root mean square): known before any outcome."""

EARLY = 1.0
"""Runs with T_f up to this, where the start of f still speaks, are averaged apart from the rest."""


def check(study: Study, out: Comparisons) -> None:
    """R5u: averages over both initial networks and the targets, given data and points."""
    cells: list[dict[str, Any]] = []
    early, late = f"T_f <= {EARLY:g}", f"T_f > {EARLY:g}"
    off: dict[str, list[Tensor]] = {early: [], late: []}
    advantages: dict[str, list[Tensor]] = {}
    expected: dict[str, list[Tensor]] = {}
    for c in study.experiment.configurations:
        runs = realised(study, c)
        stated = averaged(study.theory[PhaseDiagram], study, c)
        chance = stated.chance
        cells.append(cell_of(c, runs.agree.mean(dim=1), averaged=chance.mean(dim=1)))
        if c.width < LEAST_WIDTH:
            continue
        estimate = chances(study, c)
        off[early if c.f_recipe.time <= EARLY else late].append((estimate - chance).mean(dim=1))
        for name, rival in forecasts(study, c, stated).items():
            advantages.setdefault(name, []).append(advantage(chance, rival, estimate).mean(dim=1))
            expected.setdefault(name, []).append((chance - rival).square().mean(dim=1))
    keep_cells(out, cells)
    if not any(off.values()):
        return
    for name, part in off.items():
        if part:
            conclusion = f"agreement of f and g, measured less predicted, {name}"
            values = blocks(part)
            out.statistic(median(conclusion, values, AVERAGE_OFF, alpha=study.alpha, wanted=WANTED))
    for name, part in advantages.items():
        if not _mean(expected[name]) < RESOLUTION**2:  # NaN is judged, and refuted
            out.statistic(
                better(
                    f"Brier score of the stated agreement against a rival: {name}",
                    blocks(part),
                    alpha=study.alpha,
                )
            )
    out.series["mean advantage over each rival"] = {
        name: {"expected": _mean(expected[name]), "measured": _mean(advantages[name])}
        for name in advantages
    }


def _mean(parts: list[Tensor]) -> float:
    return float(torch.cat(parts).mean())


R5u = StatisticalStatement(
    id="R5u",
    statement="P(f and g agree at z) = N2(A, B; r) + N2(-A, -B; r) over starts and targets: within "
    f"{AVERAGE_OFF} on average, and better by Brier's score than each of {len(RIVALS) - 1} rivals",
    plain="How often f and g agree is predicted, better than by rival formulas.",
    kind=PREDICTION,
    basis=HEURISTIC,
    source="paper, result 3, unconditional; sharpened",
    proof="docs/agreement.md",
    rests_on=("P4",),
    carries=ADDED,
    needs=("train", "output", "perturb"),
    latex=r"P(f_T(z) g_T(z) > 0) = N_2(A, B; r) + N_2(-A, -B; r), \quad "
    r"A = \frac{T_f \hat f}{\text{sd}_0}, \quad B = \frac{T_g \mu}{S}, \quad "
    r"r = \frac{T_g C}{\text{sd}_0 S}",
    compare=check,
    tests=2 + len(RIVALS),
    experiments={DEFAULT: TELLING, NIGHTLY: TELLING + MORE_GRIDS},
)
