"""E0: training is descent on the stated objective. Witness: autograd in float64."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from verifier.errors import DivergedError, NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters, as_double
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import paper
from verifier.statements.identities.witness import objective_gradient, plain_output
from verifier.statements.statement import IDENTITY, PathwiseStatement
from verifier.trial.rounding import RoundingBound, unit
from verifier.trial.trained import Trained
from verifier.trial.trial import Trial


def _one_step(trial: Trial, start: Parameters, recipe: Recipe, out: Comparisons, name: str) -> None:
    """A single step from a shared state must always agree with the gradient of the objective.

    Beside the recipe's own step size, one that moves W by about its own length: a step far below
    the weights' rounding would hide its errors.
    """
    X, y = trial.draw.X, trial.draw.y
    state = as_double(start)
    X64 = X.double()
    y64 = y.double()
    s = -y64 * plain_output(state, X64, recipe.slope)
    p = recipe.loss.derivative(s)
    gradients = objective_gradient(state, X64, y64, recipe)
    # rounding of the state's own output decides the error of p; the step then adds its own
    still = RoundingBound.of(Trained(state, state, X64, y64, recipe, 0 * p, p), X.dtype)
    error = still.output(X64)
    change = [(recipe.loss.derivative(s + e) - p).abs() for e in (error, -error)]
    error_of_p = torch.maximum(*change)
    if not all(bool(torch.isfinite(t).all()) for t in (p, error_of_p, *gradients)):
        raise DivergedError(0, "the loss derivative")
    pull = state.a.abs() / (len(y) * state.width**0.5)
    moves = torch.stack((torch.linalg.vector_norm(X64, dim=1) * p, p))  # of W, of b, (2, N)
    # what neurons that may be on either side of a kink add to a step of unit size, (2, m)
    flips_W, flips_b = (1 - recipe.slope) * pull * (moves @ still.near_kink(X64).double())

    length, slant = torch.linalg.vector_norm(state.W), torch.linalg.vector_norm(gradients[0])
    visible = float(length / slant) if 1e-30 < float(slant) < 1e30 else recipe.steps[0]
    for eta in dict.fromkeys((recipe.steps[0], visible)):
        single = replace(recipe, steps=(eta,), momentum=0.0)
        sizes = (s, p, *state, *gradients, *(eta * g for g in gradients))
        if max(float(t.abs().max()) for t in sizes) > math.sqrt(torch.finfo(X.dtype).max):
            train(start, X, y, single)  # raises DivergedError where no code could take the step
        stepped = as_double(trial.code.train(start, X, y, single))
        run = Trained(state, stepped, X64, y64, single, eta * p, p)
        rounding = RoundingBound.of(run, X.dtype, eta * error_of_p)
        bound_W = rounding.weight + eta * flips_W
        bound_b = rounding.bias + recipe.beta * eta * flips_b
        move_W, move_b = stepped.W - state.W, stepped.b - state.b
        out.identity(f"step of W from the {name} state", move_W, -eta * gradients[0], bound_W)
        trained = recipe.beta * gradients[1]
        out.identity(f"step of b from the {name} state", move_b, -eta * trained, bound_b)


def check(trial: Trial, out: Comparisons) -> None:
    """Single steps from the initial and the trained state, the whole run, readout, and T."""
    recipe = trial.configuration.f_recipe
    _one_step(trial, trial.draw.f_0, recipe, out, "initial")
    try:
        f = trial.f
    except NotComparable:
        out.notes["whole runs not comparable, single steps checked"] = 1
        return
    _one_step(trial, f.trained, recipe, out, "trained")

    run, rounding = f.replay.run, f.replay.rounding
    nothing = torch.zeros_like(run.final.a)
    out.identity("the readout does not move", run.final.a, run.initial.a, nothing)
    out.identity("whole run: W", run.final.W, f.replay.arrived.W, rounding.weight)
    out.identity("whole run: b", run.final.b, f.replay.arrived.b, rounding.bias)
    if recipe.loss.name == "identity":
        T: Tensor = torch.full_like(run.tau, recipe.time)
        out.identity("tau = T under the identity loss", run.tau, T, unit(run, f.X.dtype) * T)


E0 = PathwiseStatement(
    id="E0",
    statement="a step is minus eta times the gradient of (1/N) sum ell(-y f); tau = T",
    kind=IDENTITY,
    source="paper, setting",
    proof="docs/identities.md",
    carries=(paper.ANY_TIME_AND_LOSS,),
    needs=("train",),
    latex=r"(W, b) - (W', b') = \eta \nabla \frac{1}{N} \sum_n \ell(-y_n f(x_n)), "
    r"\quad \tau_n = T \text{ for } \ell(s) = s",
    compare=check,
)
