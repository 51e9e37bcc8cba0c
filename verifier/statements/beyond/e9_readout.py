"""E9: with a trained readout, weights are sums of samples, and each step keeps a balance."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from verifier.errors import NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters, as_double, preactivation
from verifier.statements.beyond.margins import bias_gradient_error, law_error
from verifier.statements.beyond.own_readout import margins_of_readouts
from verifier.statements.beyond.readout import Balance, ReadoutPath
from verifier.statements.beyond.readout_replay import replay_readout
from verifier.statements.inputs import Inputs
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial

MOVING = Inputs(
    "moving",
    "verifier.suite.readout:moving_configurations",
    cost=6,
    ladder="verifier.suite.ladder_beyond:MOVING",
)
"""Every kind of data and network up to 300 neurons, for times in which readouts may turn."""

_CALM = 1e-3  # relative error of a weight beyond which a comparison would say nothing


def check(trial: Trial, out: Comparisons) -> None:
    """E9's sums after the whole run, and the law of its steps without momentum."""
    start, recipe = trial.draw, trial.configuration.f_recipe
    kind = trial.theory[ReadoutPath]
    path, _ = (  # raises where no code could take the steps
        replay_readout(kind, start.f_0, start.X, start.y, how, start.X.dtype)
        for how in (recipe, replace(recipe, momentum=0.0))
    )
    _laws(trial, out)
    margins_of_readouts(trial, out)
    found = trial.code.train_readout(start.f_0, start.X, start.y, recipe)
    final, claimed = as_double(found), path.final()
    unit = _unit(trial)
    sizes = torch.linalg.vector_norm(final.W, dim=1), final.b.abs(), final.a.abs()
    bounds = [2 * e + unit * s for e, s in zip(path.error, sizes, strict=True)]
    far = torch.stack([b > _CALM * (s + 1) for b, s in zip(bounds, sizes, strict=True)]).any()
    if bool(far) or not (path.clear or _agrees(final, claimed, bounds)):
        raise NotComparable("a pre-activation passes near its kink, or rounding grows too fast")
    for name, value, due, bound in zip("wba", final, claimed, bounds, strict=True):
        out.identity(f"{name}_i(T)", value, due, bound)
    _at_points(trial, path, found, bounds, out)
    out.notes["neurons"] = len(path.keeps)
    out.notes["neurons whose readout keeps its sign"] = int(path.keeps.sum())


def _unit(trial: Trial) -> float:
    start = trial.draw
    operations = len(start.y) + len(trial.configuration.f_steps) + math.sqrt(start.X.shape[1]) + 4
    return operations * torch.finfo(start.X.dtype).eps


def _agrees(final: Parameters, claimed: Parameters, bounds: list[Tensor]) -> bool:
    apart = final.W - claimed.W, final.b - claimed.b, final.a - claimed.a
    norms = torch.linalg.vector_norm(apart[0], dim=1), apart[1].abs(), apart[2].abs()
    return all(bool((n <= b).all()) for n, b in zip(norms, bounds, strict=True))


def _at_points(
    trial: Trial, path: ReadoutPath, found: Parameters, bounds: list[Tensor], out: Comparisons
) -> None:
    """The input gradient, and the signs of samples where every readout keeps its own."""
    c, final, z = trial.configuration, as_double(found), trial.points.double()
    root, size = math.sqrt(c.width), torch.linalg.vector_norm(final.W, dim=1)
    e_u = torch.linalg.vector_norm(z, dim=1)[:, None] * (bounds[0] + _unit(trial) * size)
    e_u = e_u + bounds[1] + _unit(trial) * final.b.abs()
    near = (preactivation(final, z).abs() <= e_u).double()
    lift = final.a.abs() / root
    sums = (math.sqrt(c.width) * torch.finfo(c.torch_dtype).eps + _unit(trial)) * size
    bound = lift @ (bounds[0] + sums) + (1 - c.slope) * near @ (lift * size)
    gradient = trial.code.input_gradient(found, trial.points, c.slope)
    out.identity("nabla f_T(z)", gradient, path.input_gradient(final, z), bound)
    C = path.coefficients(final, z)
    slack = 4 * torch.finfo(C.dtype).eps * C.abs()
    out.at_most("0 <= C_n", torch.zeros_like(C), C, slack, path.keeps.all().expand(C.shape))


def _laws(trial: Trial, out: Comparisons) -> None:
    """What each step of the code does to `|v_i|^2 - a_i^2`, from where the step before ended."""
    start = trial.draw
    recipe = replace(trial.configuration.f_recipe, momentum=0.0)
    X, y, state = start.X.double(), start.y.double(), as_double(start.f_0)
    for k, eta in enumerate(recipe.steps):
        ended = trial.code.train_readout(start.f_0, start.X, start.y, recipe.prefix(k + 1))
        after = as_double(ended)
        law = trial.theory[Balance](state, X, y, recipe, eta)
        moved = [new - old for new, old in zip(after, state, strict=True)]
        if not eta > 0:
            continue
        frozen = law.bias_gradient()
        g_W, g_b, g_a = (-move / eta for move in moved)
        g_b = g_b if recipe.train_bias else frozen
        found = law.amount(after) - law.amount(state)
        bound = law_error(law, after, _unit(trial))
        if not recipe.train_bias:
            bound = bound + 2 * eta * state.b.abs() * bias_gradient_error(law, _unit(trial))
        name = f"|v_i|^2 - a_i^2 after a step, biases {'trained' if recipe.beta else 'frozen'}"
        out.identity(name, found, law.change(g_W, g_b, g_a), bound)
        state = after


E9 = PathwiseStatement(
    id="E9",
    statement="trained readout: w_i(T) - w_i(0) = (1/(N sqrt m)) sum y_n B_in x_n; |v|^2 - a^2 law",
    plain="With a trained readout first-layer weights still move along samples alone.",
    kind=IDENTITY,
    source="none",
    proof="docs/beyond.md",
    rests_on=("E1",),
    carries=ADDED,
    needs=("train", "input_gradient", "train_readout"),
    latex=r"w_i(T) = w_i(0) + \frac{1}{N \sqrt m} \sum_n y_n B_{in} x_n, \quad "
    r"\Delta(\|v_i\|^2 - a_i^2) = \eta^2 (\|g_v\|^2 - g_a^2)",
    compare=check,
    inputs=MOVING,
)
