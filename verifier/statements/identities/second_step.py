"""E0's second step: it goes on with the velocity that the first one implies."""

from __future__ import annotations

from dataclasses import replace

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import as_double
from verifier.model.recipe import Recipe
from verifier.statements.identities.pull import Pull
from verifier.trial.rounding import RoundingBound
from verifier.trial.trained import Trained
from verifier.trial.trial import Trial


def compare_second_step(
    trial: Trial, first: Pull, eta: float, once: Trained, out: Comparisons
) -> None:
    """`v = mu v + gradient` for `v = -(first move)/eta`, from where the first step ended.

    `once`: a step of size `eta` with the pull `first`. Two runs of a code may differ in that step
    by its rounding and by neurons at a kink; the bound has both, so that no draw is left out.
    """
    X, y = trial.draw.X, trial.draw.y
    recipe = trial.configuration.f_recipe
    rounding = RoundingBound.of(once, X.dtype, eta * first.error_of_p)
    error_W = rounding.weight + eta * first.kinks[0]
    error_b = rounding.bias + eta * first.kinks[1]
    near = replace(rounding, weight=3 * error_W, bias=3 * error_b)
    second = Pull.at(once.final, recipe, near)
    velocity_W = recipe.momentum * (first.state.W - once.final.W) / eta + second.W
    velocity_b = recipe.momentum * (first.state.b - once.final.b) / eta + second.b
    # as visible as the first; where W does not move, b may
    size = float(torch.linalg.vector_norm(first.W) + torch.linalg.vector_norm(second.W))
    next_eta = float(torch.linalg.vector_norm(once.final.W)) / size if size > 0 else eta
    if not (next_eta < 1e30 and second.is_finite and second.fits(next_eta, X.dtype)):
        out.notes["second steps out of range"] = 1
        return

    recipe = Recipe((eta, next_eta), recipe.loss, recipe.slope, recipe.momentum, recipe.train_bias)
    final = as_double(trial.code.train(trial.draw.f_0, X, y, recipe))
    tau = (eta + recipe.momentum * next_eta) * first.p + next_eta * second.p
    twice = Trained(first.state, final, once.X, once.y, recipe, tau, tau)
    last = RoundingBound.of(twice, X.dtype, next_eta * second.error_of_p)
    share = 2 * (1 + recipe.momentum * next_eta / eta)
    move_W, move_b = final.W - once.final.W, final.b - once.final.b
    bound_W = last.weight + share * error_W + next_eta * second.kinks[0]
    bound_b = last.bias + share * error_b + next_eta * second.kinks[1]
    out.identity("second step of W, with the velocity", move_W, -next_eta * velocity_W, bound_W)
    out.identity("second step of b, with the velocity", move_b, -next_eta * velocity_b, bound_b)
