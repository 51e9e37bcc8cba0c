"""P4: what random targets leave of a perturbation-trained network's prediction."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.device import block_elements
from verifier.model.network import as_double, input_gradient
from verifier.model.vectors import row_norms, unit_rows
from verifier.statements import paper
from verifier.statements.probability.experiments import MORE_TARGETS, TARGETS
from verifier.statements.probability.formulas import Attack, Concentration
from verifier.statements.probability.judging import DELTA, NOTICED, keep_ratios
from verifier.statements.statement import DEFAULT, NIGHTLY, PROBABILITY, StatisticalStatement
from verifier.statistics import binomial, mean, variance
from verifier.trial.rounding import unit
from verifier.trial.study import Study
from verifier.trial.trial import Trial

_CHANCES = (0.5, 0.1, 0.01)  # failure probabilities tried where all targets are enumerated


def _targets(study: Study, samples: int) -> tuple[Tensor, bool]:
    """Targets (B, N): all of them if there are as many replicates, else B random draws."""
    count = study.experiment.replicates
    every = count == 2**samples
    if every:
        signs = torch.tensor(list(product((-1, 1), repeat=samples)), device="cpu")
    else:
        generator = study.generator("targets")
        signs = 2 * torch.randint(0, 2, (count, samples), generator=generator, device="cpu") - 1
    device, dtype = study.settings.device, study.experiment.only.torch_dtype
    return signs.to(device=device, dtype=dtype), every


def _predictions(study: Study, trial: Trial, targets: Tensor) -> Tensor:
    """`g_hat(z)` for every row of `targets (B, N)`, by the implementation's attack; (B, P)."""
    c = trial.configuration
    X = trial.draw.X
    natural = trial.natural.double()
    z, found = trial.draw.z.double(), []
    rows = max(1, block_elements(X.device) // (c.width * len(X)))
    for block in targets.split(rows):
        stacked = X.repeat(len(block), 1)
        r = trial.code.perturb(
            trial.f.trained, stacked, block.flatten(), c.eps, c.slope, c.loss_function
        )
        inputs = natural.repeat(len(block), 1) + r.double()
        terms = study.phi(z, inputs, c.slope) * (z @ inputs.T + c.f_recipe.beta)
        terms = terms.reshape(len(z), len(block), len(X)) * block.double()
        found.append(terms.mean(dim=-1).T)
    return torch.cat(found)


def _attack(trial: Trial) -> Attack:
    """`nu_n` in closed form from the weights that the implementation trained."""
    c, X = trial.configuration, trial.draw.X.double()
    nu = unit_rows(input_gradient(as_double(trial.f.trained), X, c.slope))
    return Attack(trial.natural.double(), nu, c.eps, c.f_recipe.beta)


def _rounding(trial: Trial, attack: Attack, z: Tensor) -> Tensor:
    """A bound on the rounding error of `g_hat(z)`, (P,)."""
    X, run = trial.draw.X.double(), trial.f.replay.run
    length = row_norms(input_gradient(as_double(trial.f.trained), X, run.recipe.slope))
    turn = 2 * trial.f.replay.rounding.input_gradient(X) / length
    turn = turn.clamp(max=2.0).nan_to_num(nan=0.0)  # nu = 0 without excuse where f is dead
    # K_inf moves by |z| + |<x, z> + beta| / (2 pi sqrt d) for each unit that x moves
    sizes = torch.linalg.vector_norm(z, dim=1, keepdim=True)
    moved = attack.eps * turn * (sizes + (attack.inner(z).abs() + attack.eps * sizes))
    reach = torch.linalg.vector_norm(attack.natural, dim=1) + attack.eps
    return (moved + (unit(run, trial.draw.X.dtype) * (sizes * reach + attack.beta))).mean(dim=1)


def check(study: Study, out: Comparisons) -> None:
    """P4 given one trained f: over all targets if they are few, else over independent draws."""
    c = study.experiment.only
    trial = next(study.trials(c))
    theory = study.theory[Concentration](c.slope, c.width, study.phi)
    targets, every = _targets(study, len(trial.draw.X))
    key = ("P4", study.experiment)
    if key not in study.kept:
        study.kept[key] = _predictions(study, trial, targets), _attack(trial)
    predictions, attack = study.kept[key]
    z = trial.draw.z.double()
    if every:
        judge_all(theory, predictions, z, attack, _rounding(trial, attack, z), out)
    else:
        judge_draws(theory, predictions, z, attack, study.alpha, out)


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
        values, where = predictions[:, p], f"at point {p}"
        middle, square, quartic = (float(t[p]) for t in (centre, spread, fourth))
        least = 0.15 * square**0.5
        name = f"mean of g_hat {where}"
        out.statistic(mean(name, values, middle, square, alpha=alpha, wanted=least))
        name, moments = f"variance of g_hat {where}", (middle, square, quartic)
        out.statistic(variance(name, values, *moments, alpha=alpha, wanted=0.2 * square))
        name, found = f"|g_hat - mean| <= bound {where}", int((~(ratios[:, p] <= 1)).sum())
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
