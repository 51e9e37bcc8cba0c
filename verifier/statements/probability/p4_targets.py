"""P4: what random targets leave of a perturbation-trained network's prediction."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.probability.experiments import MORE_TARGETS, TARGETS
from verifier.statements.probability.formulas import Attack, Concentration
from verifier.statements.probability.judging import DELTA, NOTICED, keep_ratios
from verifier.statements.probability.targets import over_targets
from verifier.statements.statement import DEFAULT, NIGHTLY, PROBABILITY, StatisticalStatement
from verifier.statistics import binomial, mean, variance
from verifier.trial.study import Study

_CHANCES = (0.5, 0.1, 0.01)  # failure probabilities tried where all targets are enumerated


def check(study: Study, out: Comparisons) -> None:
    """P4 given one trained f: over all targets if they are few, else over independent draws."""
    c, seen = study.experiment.only, over_targets(study)
    theory = study.theory[Concentration](c.slope, c.width, study.phi)
    if seen.every:
        judge_all(theory, seen.predictions, seen.z, seen.attack, seen.rounding, out)
    else:
        judge_draws(theory, seen.predictions, seen.z, seen.attack, study.alpha, out)


def judge_all(
    theory: Concentration,
    predictions: Tensor,
    z: Tensor,
    attack: Attack,
    rounding: Tensor,
    out: Comparisons,
) -> None:
    """P4 where `predictions (2^N, P)` has one row for each of the targets: nothing is random."""
    centre, spread = theory.target_mean(z, attack), theory.target_variance(z, attack)
    found = predictions.mean(dim=0)
    out.identity("mean of g_hat over all targets", found, centre, rounding)
    found = (predictions - found).square().mean(dim=0)
    error = (4 * (spread.sqrt() + rounding)) * rounding
    out.identity("variance of g_hat over all targets", found, spread, error)
    change = (predictions - centre).abs()
    for delta in _CHANCES:
        failed = ~(change <= theory.target_bound(z, attack, delta) + rounding)  # NaN fails
        chance = torch.full_like(centre, delta)
        name = f"share of the targets beyond the bound for delta = {delta}"
        least = torch.finfo(chance.dtype).eps * chance
        out.at_most(name, failed.double().mean(dim=0), chance, least)


def judge_draws(
    theory: Concentration,
    predictions: Tensor,
    z: Tensor,
    attack: Attack,
    alpha: float,
    out: Comparisons,
) -> None:
    """P4's tests on `predictions (B, P)` for B independent targets, at each point apart."""
    centre, spread = theory.target_mean(z, attack), theory.target_variance(z, attack)
    fourth = theory.target_fourth(z, attack)
    ratios = (predictions - centre).abs() / theory.target_bound(z, attack, DELTA)
    tight = []
    for p in range(len(z)):
        values, where = predictions[:, p], f"at fresh point {p + 1}"
        middle, square, quartic = (float(t[p]) for t in (centre, spread, fourth))
        least = 0.15 * square**0.5
        name = f"mean of g_hat over random targets, {where}"
        out.statistic(mean(name, values, middle, square, alpha=alpha, wanted=least))
        name, moments = f"variance of g_hat over random targets, {where}", (middle, square, quartic)
        out.statistic(variance(name, values, *moments, alpha=alpha, wanted=0.2 * square))
        name, found = (
            f"g_hat within its bound of its mean, over random targets, {where}",
            int((~(ratios[:, p] <= 1)).sum()),
        )
        out.statistic(binomial(name, found, len(values), DELTA, alpha=alpha, wanted=NOTICED))
        tight.append(keep_ratios(out, name, ratios[:, p]))
    out.tightness = max(tight)


P4 = StatisticalStatement(
    id="P4",
    statement="g_hat's mean over targets; |g_hat - mean| <= sqrt(log(2/delta) sum R_n^2 / 2)/N "
    "but for delta",
    plain="Over random targets, the prediction keeps near its mean.",
    kind=PROBABILITY,
    source="paper, result 2",
    proof="docs/probability.md",
    rests_on=("E4",),
    carries=(paper.CLASS_FEATURES, paper.BOTH_SCENARIOS),
    needs=("train", "perturb"),
    latex=r"E \hat{g}(z) = \frac{1}{N} \sum_n \left[\epsilon v_n \frac{\Phi_n^+ + \Phi_n^-}{2} + "
    r"k_n \frac{\Phi_n^+ - \Phi_n^-}{2}\right], \quad P\left(|\hat{g}(z) - E \hat{g}(z)| > "
    r"\frac{1}{N} \sqrt{\frac{\log(2 / \delta)}{2} \sum_n R_n^2}\right) \le \delta",
    compare=check,
    tests=6,
    experiments={DEFAULT: TARGETS, NIGHTLY: TARGETS + MORE_TARGETS},
)
