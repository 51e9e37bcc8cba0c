"""Predictions over random targets, given one trained f: what P4 and P5 judge."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.model.device import block_elements
from verifier.model.network import as_double, input_gradient
from verifier.model.vectors import row_norms, unit_rows
from verifier.statements.probability.formulas import Attack
from verifier.trial.rounding import unit
from verifier.trial.study import Study
from verifier.trial.trial import Trial


class OverTargets(NamedTuple):
    """Of one trained f: `predictions (B, P)`, `g_hat(z)` for each of B targets, by the code.

    `every`: whether these are all the targets there are. `attack`, `z (P, d)`: what they are given.
    `rounding (P,)`: a bound on a prediction's rounding error.
    """

    predictions: Tensor
    every: bool
    attack: Attack
    z: Tensor
    rounding: Tensor


def over_targets(study: Study) -> OverTargets:
    """Measured once for all statements about targets, as no theory enters."""
    key = ("over targets", study.experiment)
    if key not in study.kept:
        trial = next(study.trials(study.experiment.only))
        targets, every = drawn_targets(study, len(trial.draw.X))
        attack, z = attack_on(trial), trial.draw.z.double()
        predictions = _predictions(study, trial, targets)
        found = OverTargets(predictions, every, attack, z, rounding_of(trial, attack, z))
        study.kept[key] = found
    seen: OverTargets = study.kept[key]
    return seen


def drawn_targets(study: Study, samples: int) -> tuple[Tensor, bool]:
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


def attack_on(trial: Trial) -> Attack:
    """`nu_n` in closed form from the weights that the implementation trained."""
    c, X = trial.configuration, trial.draw.X.double()
    nu = unit_rows(input_gradient(as_double(trial.f.trained), X, c.slope))
    return Attack(trial.natural.double(), nu, c.eps, c.f_recipe.beta)


def rounding_of(trial: Trial, attack: Attack, z: Tensor) -> Tensor:
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
