"""How far one change during a run reaches, by making the steps: a second source for E6's bounds."""

from __future__ import annotations

from verifier.model.deep import DeepRecipe


def reached(recipe: DeepRecipe, step: int, part: str) -> float:
    """What a change by 1 of this part of step `step` makes of a weight without any gradient.

    `part`: "gradient", "velocity", "direction" or "weights", as of `formulas.Influence`. The steps
    are linear in the weight and the velocity, which begin at 0.
    """
    w, v = 0.0, 0.0
    for k, eta in enumerate(recipe.steps):
        change = float(k == step)
        gradient = recipe.coupled_decay * w + change * (part == "gradient")
        v = recipe.momentum * v + gradient + change * (part == "velocity")
        ahead = gradient + recipe.momentum * v if recipe.nesterov else v
        w = (1 - eta * recipe.decoupled_decay) * w - eta * (ahead + change * (part == "direction"))
        w += change * (part == "weights")
    return w
