"""R5: agreement of f and g, predicted from the initial draws, or from the settings alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from verifier.claims.base import DEFAULT, NIGHTLY, PREDICTION, StatisticalClaim
from verifier.claims.phase_grids import GRID, MORE_GRIDS, NARROW
from verifier.claims.phase_runs import (
    Excess,
    Shares,
    averaged,
    excess,
    given_draws,
    realised,
    starts,
)
from verifier.configuration import Configuration
from verifier.evidence import Comparisons
from verifier.phase_diagram import PhaseDiagram
from verifier.statistics import binomial, bounded_mean
from verifier.study import Study

OFF, DELTA = 0.1, 0.02
"""One run's share of agreement is predicted within OFF but with probability DELTA at most."""

WRONG = 0.03
"""At most this share of the signs of f, or of g, is mispredicted, on average over runs."""

AVERAGE_OFF = 0.02
"""How far a share predicted without any draw may be off, on average over runs."""

NARROW_WRONG, NARROW_OFF = 0.0075, 0.03
"""Averages with a narrow network's own kernel: signs of f; distance of one run's shares."""

LEAST_WIDTH = 1000
"""Narrower cells are reported, not judged, unless their own kernels are used."""

EARLY = 1.0
"""Runs with T_f up to this, where the start of f still speaks, are tested apart from the rest."""

LIKELY_EARLY, LIKELY_LATE = 0.65, 0.75
"""Points where f and g agree with more than this probability are weighed against the others."""


def _cell(c: Configuration, measured: Tensor, **predicted: Tensor) -> dict[str, Any]:
    """One cell of the diagram, to draw."""
    error = float(measured.std() / len(measured) ** 0.5) if len(measured) > 1 else None
    return {
        "data": c.data.family,
        "dimension": c.data.dimension,
        "samples": c.data.samples,
        "scenario": c.scenario,
        "width": c.width,
        "slope": c.slope,
        "beta": c.f_recipe.beta,
        "eps": c.eps,
        "f_time": c.f_recipe.time,
        "g_time": c.g_recipe.time,
        "runs": len(measured),
        "measured": float(measured.mean()),
        "standard error": error,
        **{name: float(value.mean()) for name, value in predicted.items()},
    }


def _keep(out: Comparisons, cells: list[dict[str, Any]]) -> None:
    """Keeps the diagram and each prediction's mean absolute error over cells, by width."""
    out.series["cells"] = cells
    for name in ("given the draws", "averaged"):
        errors: dict[str, list[float]] = {}
        for cell in cells:
            if name in cell:
                off = abs(cell[name] - cell["measured"])
                errors.setdefault(str(cell["width"]), []).append(off)
        if errors:
            means = {width: sum(off) / len(off) for width, off in errors.items()}
            out.series[f"mean absolute error, {name}"] = means


def check_given_draws(study: Study, out: Comparisons) -> None:
    """R5: single runs, given both initial networks and the targets."""
    cells, judged = [], []
    for c in study.experiment.configurations:
        runs = realised(study, c)
        shares = given_draws(study.theory.phase_diagram, c, runs)
        extra = {"f wrong": shares.f_wrong, "g wrong": shares.g_wrong, "off": shares.off}
        cells.append(_cell(c, shares.measured, **{"given the draws": shares.predicted}, **extra))
        if c.width >= LEAST_WIDTH:
            judged.append(shares)
    _keep(out, cells)
    if judged:
        judge_given_draws(Shares(*map(torch.cat, zip(*judged, strict=True))), study.alpha, out)


def judge_given_draws(shares: Shares, alpha: float, out: Comparisons) -> None:
    """R5's tests on independent runs."""
    found, runs = int((~(shares.off <= OFF)).sum()), len(shares.off)
    conclusion = f"one run's agreement off by more than {OFF}"
    out.statistic(binomial(conclusion, found, runs, DELTA, alpha=alpha, wanted=5 * DELTA))
    for name, wrong in (("f", shares.f_wrong), ("g", shares.g_wrong)):
        _judge_mean(f"signs of {name} mispredicted", wrong, WRONG, WRONG, alpha, out)


def _judge_mean(
    conclusion: str, shares: Tensor, most: float, wanted: float, alpha: float, out: Comparisons
) -> None:
    """That shares in [0, 1] are at most `most` on average."""
    low, high = torch.zeros_like(shares), torch.ones_like(shares)
    test = bounded_mean(conclusion, shares, low, high, most, alpha=alpha, wanted=wanted)
    out.statistic(test)


def check_averaged(study: Study, out: Comparisons) -> None:
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
        predicted = averaged(study.theory.phase_diagram, c, runs)
        key = ("R5 true", c, study.experiment.replicates)
        if key not in study.memo:  # to draw beside it; what tells the points apart
            shown, p = given_draws(PhaseDiagram, c, runs).predicted, averaged(PhaseDiagram, c, runs)
            study.memo[key] = shown, p
        shown, true = study.memo[key]
        both = {"given the draws": shown, "averaged": predicted.mean(dim=1)}
        cells.append(_cell(c, runs.agreement, **both))
        if c.width >= LEAST_WIDTH:
            name = early if c.f_recipe.time <= EARLY else late
            weight = torch.where(true > likely[name], 1.0, -1.0).to(true.dtype)
            whole = excess(runs.agree, predicted, torch.ones_like(weight))
            parts[name].append((whole, excess(runs.agree, predicted, weight)))
    _keep(out, cells)
    for name, part in parts.items():
        if part:
            weighed = (name, f"{name}, points above {likely[name]:g} less the others")
            for title, cases in zip(weighed, zip(*part, strict=True), strict=True):
                every = Excess(*map(torch.cat, zip(*cases, strict=True)))
                judge_averaged(title, every, study.alpha, out)


def judge_averaged(name: str, off: Excess, alpha: float, out: Comparisons) -> None:
    """R5u's test on independent runs (R,)."""
    out.statistic(
        bounded_mean(
            f"agreement, measured - predicted, {name}",
            *off,
            AVERAGE_OFF,
            alpha=alpha,
            wanted=0.15,
        )
    )


def check_own_kernel(study: Study, out: Comparisons) -> None:
    """R5k: narrow networks, each with its own kernel in place of `Phi`."""
    cells, judged, kind = [], [], study.theory.phase_diagram
    for c in study.experiment.configurations:
        runs, both = realised(study, c), starts(study, c)
        shares = given_draws(kind, c, runs, *(kind.own_kernel(start) for start in both))
        extra = {"f wrong": shares.f_wrong, "g wrong": shares.g_wrong, "off": shares.off}
        cells.append(_cell(c, shares.measured, **{"given the draws": shares.predicted}, **extra))
        judged.append(shares)
    _keep(out, cells)
    every = Shares(*map(torch.cat, zip(*judged, strict=True)))
    judge_own_kernel(every, study.alpha, out)


def judge_own_kernel(shares: Shares, alpha: float, out: Comparisons) -> None:
    """R5k's tests on independent runs."""
    wrong, off = NARROW_WRONG, NARROW_OFF
    _judge_mean("signs of f mispredicted", shares.f_wrong, wrong, wrong, alpha, out)
    _judge_mean("one run's agreement off", shares.off, off, off, alpha, out)


PHASE = (
    StatisticalClaim(
        id="R5",
        statement="sgn(f_0 + T_f f_hat), sgn(g_0 + T_g g_hat) predict each run's agreement: off by "
        f"more than {OFF} in at most {DELTA:.0%}",
        kind=PREDICTION,
        source="paper, result 3; theory R5, conditional",
        latex=r"P\left(\left|\text{share}(f_T g_T > 0) - \text{share}\left((f_0 + T_f \hat f) "
        r"(g_0 + T_g \hat g) > 0\right)\right| > " + f"{OFF}" + r"\right) \le " + f"{DELTA}",
        needs=("train", "output", "perturb"),
        compare=check_given_draws,
        tests=3,
        experiments={DEFAULT: GRID, NIGHTLY: GRID + MORE_GRIDS},
    ),
    StatisticalClaim(
        id="R5u",
        statement="P(f and g agree at z) = N2(A, B; r) + N2(-A, -B; r) over starts and targets, "
        f"within {AVERAGE_OFF} on average, and where likely less elsewhere",
        kind=PREDICTION,
        source="paper, result 3; theory R5, unconditional, sharpened",
        latex=r"P(f_T(z) g_T(z) > 0) = N_2(A, B; r) + N_2(-A, -B; r), \quad "
        r"A = \frac{T_f \hat f}{\text{sd}_0}, \quad B = \frac{T_g \mu}{S}, \quad "
        r"r = \frac{T_g C}{\text{sd}_0 S}",
        needs=("train", "output", "perturb"),
        compare=check_averaged,
        tests=4,
        experiments={DEFAULT: GRID, NIGHTLY: GRID + MORE_GRIDS},
    ),
    StatisticalClaim(
        id="R5k",
        statement="with each draw's own kernel K_0 for Phi, R5's prediction holds at width 100: "
        f"{NARROW_WRONG:.2%} of the signs of f wrong",
        kind=PREDICTION,
        source="theory R5 at finite width (added)",
        latex=r"K_0(z, x) = \frac{1}{m} \sum_i a_i^2 \phi'(u_i(z)) \phi'(u_i(x)) "
        r"\quad \text{for} \quad \Phi(z, x)",
        needs=("train", "output", "perturb"),
        compare=check_own_kernel,
        tests=2,
        experiments={DEFAULT: NARROW, NIGHTLY: NARROW},
    ),
)
