"""E0: training is descent on the stated objective. Witness: autograd in float64."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verifier.errors import DivergedError, NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters, as_double
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import paper
from verifier.statements.identities.pull import Pull
from verifier.statements.identities.second_step import compare_second_step
from verifier.statements.statement import IDENTITY, PathwiseStatement
from verifier.trial.rounding import RoundingBound, unit
from verifier.trial.trained import Trained
from verifier.trial.trial import Trial


def _one_step(trial: Trial, start: Parameters, recipe: Recipe, out: Comparisons, name: str) -> None:
    """A single step from a shared state must always agree with the gradient of the objective.

    Beside the recipe's own step size, one that moves W by about its own length: a step far below
    the weights' rounding would hide its errors. From the initial state a second step follows it.
    """
    X, y = trial.draw.X, trial.draw.y
    state = as_double(start)
    X64 = X.double()
    y64 = y.double()
    # rounding of the state's own output decides the error of p; the step then adds its own
    nothing = torch.zeros_like(y64)
    still = RoundingBound.of(Trained(state, state, X64, y64, recipe, nothing, nothing), X.dtype)
    pull = Pull.at(state, recipe, still)
    if not pull.is_finite:
        raise DivergedError(0, "the loss derivative")

    length, slant = torch.linalg.vector_norm(state.W), torch.linalg.vector_norm(pull.W)
    visible = float(length / slant) if 1e-30 < float(slant) < 1e30 else recipe.steps[0]
    for eta in dict.fromkeys((recipe.steps[0], visible)):
        single = replace(recipe, steps=(eta,), momentum=0.0)
        if not pull.fits(eta, X.dtype):
            train(start, X, y, single)  # raises DivergedError where no code could take the step
        stepped = as_double(trial.code.train(start, X, y, single))
        run = Trained(state, stepped, X64, y64, single, eta * pull.p, pull.p)
        rounding = RoundingBound.of(run, X.dtype, eta * pull.error_of_p)
        bound_W = rounding.weight + eta * pull.kinks[0]
        bound_b = rounding.bias + eta * pull.kinks[1]
        move_W, move_b = stepped.W - state.W, stepped.b - state.b
        out.identity(f"step of W from the {name} state", move_W, -eta * pull.W, bound_W)
        out.identity(f"step of b from the {name} state", move_b, -eta * pull.b, bound_b)
    if start is trial.draw.f_0 and recipe.momentum > 0 and visible > 0:
        compare_second_step(trial, pull, visible, run, out)


def check(trial: Trial, out: Comparisons) -> None:
    """Steps from the initial and the trained state, the whole run, readout, and T."""
    recipe = trial.configuration.f_recipe
    _one_step(trial, trial.draw.f_0, recipe, out, "initial")
    try:
        f = trial.f
    except NotComparable:
        if trial.configuration.kink_free:
            raise
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
    statement="a step is minus eta times the velocity v' = mu v + the gradient of "
    "(1/N) sum ell(-y f), with v = 0 at first; tau = T",
    plain="Training makes the gradient steps it claims, with momentum; effective times are right.",
    kind=IDENTITY,
    source="paper, setting",
    proof="docs/identities.md",
    carries=(paper.ANY_TIME_AND_LOSS,),
    needs=("train",),
    latex=r"(W, b) - (W', b') = \eta v', "
    r"\quad v' = \mu v + \nabla_{W, b} \frac{1}{N} \sum_n \ell(-y_n f(x_n)), "
    r"\quad \tau_n = T \text{ for } \ell(s) = s",
    compare=check,
)
