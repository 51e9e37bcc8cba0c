"""F1: every form in which the library trains makes the same steps."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.model.attack import natural_inputs
from verifier.model.flow import growing_steps
from verifier.model.losses import LOSSES
from verifier.model.network import Parameters, activation_pattern, input_gradient, output
from verifier.model.plain_descent import plain_descent
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun
from verifier.statements.identities.comparable import comparable
from verifier.statements.identities.forms import Forms, clear_pairs, widened
from verifier.statements.identities.own_flow import flow_by_runs, times
from verifier.statements.identities.own_losses import activations, losses
from verifier.statements.inputs import LIBRARY
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.draw import draw
from verifier.trial.kink_free import SLOPES_AT_MOST_ONE
from verifier.trial.learning import learn_from_perturbations
from verifier.trial.replay import drift_and_clearance
from verifier.trial.rounding import RoundingBound
from verifier.trial.trained import Trained
from verifier.trial.trial import Trial

_TWICE = 2  # both sides round, each in its own way
_MANY_STEPS = 24
_WIDE_STEPS = 12  # with so many the Gram form pays, with two it does not


def check(trial: Trial, out: Comparisons) -> None:
    """F1 on one draw without kinks: losses, momentum and biases in all combinations."""
    c = trial.configuration
    require(c.dtype == "float64", "dtype", repr(c.dtype), "must be 'float64' for F1")
    for loss in SLOPES_AT_MOST_ONE:
        for momentum in dict.fromkeys((c.momentum, 0.0)):
            for train_bias in (True, False):
                recipe = replace(
                    c.f_recipe, loss=LOSSES[loss](), momentum=momentum, train_bias=train_bias
                )
                _forms(trial, recipe, out)
    _stacks(trial, c.f_recipe, out)
    _wide(trial, c.f_recipe, out)
    _flow(trial, c.f_recipe, out)
    flow_by_runs(trial, c.f_recipe, out)
    _learning(trial, out)
    _vanishing(trial, out)
    comparable(trial, c.f_recipe, out)
    losses(trial, out)
    activations(trial, out)


def _path(start: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> tuple[TrainingRun, Trained]:
    """The plain loop's run."""
    path = plain_descent(start, X, y, recipe)
    assert path.path_weights is not None
    return path, Trained(start, path.params, X, y, recipe, path.tau, path.path_weights)


def _bounds(run: Trained) -> tuple[RoundingBound, Tensor]:
    """How far apart two correct codes may end, and their effective times, (N,)."""
    drift, _ = drift_and_clearance(run, run.X.dtype)
    bound = RoundingBound.of(run, run.X.dtype, drift)
    return bound, _TWICE * bound.path + drift


def _bound(run: Trained) -> RoundingBound:
    return _bounds(run)[0]


def _ends(
    out: Comparisons, name: str, found: Parameters, wanted: Parameters, bound: RoundingBound
) -> None:
    """Both ended at the same weights, and the readout has not moved."""
    out.identity(f"{name}: W", found.W, wanted.W, _TWICE * bound.weight)
    out.identity(f"{name}: b", found.b, wanted.b, _TWICE * bound.bias)
    out.identity(f"{name}: a", found.a, bound.run.initial.a, torch.zeros_like(found.a))


def _forms(trial: Trial, recipe: Recipe, out: Comparisons) -> None:
    """Weights, the same with path weights, watched, in Gram form, and two networks at once."""
    X, y = trial.draw.X, trial.draw.y
    forms = trial.theory[Forms](recipe)
    starts = clear_pairs(trial, recipe)
    paths = [_path(start, X, sign * y, recipe) for start, sign in zip(starts, (1, -1), strict=True)]
    path, run = paths[0]
    bound, of_time = _bounds(run)
    small = forms.descended(starts[0], X, y).params.W  # no other form would pay
    alone = forms.alone(starts[0], X, y).params.W
    out.identity("alone: to the last bit", alone, small, torch.zeros_like(bound.weight))
    for name, found in forms.each(starts[0], X, y).items():
        _ends(out, name, found.params, path.params, bound)
        out.identity(f"{name}: tau", found.tau, path.tau, of_time)
        if found.path_weights is not None:
            allowed = of_time.expand_as(found.path_weights)
            out.identity(f"{name}: A", found.path_weights, run.path_weights, allowed)
    both = forms.stacked(starts, X, torch.stack((y, -y)), path_weights=True)
    assert both.path_weights is not None
    for i, (path, run) in enumerate(paths):
        own = Parameters(*(t[i] for t in both.params))
        bound, of_time = _bounds(run)
        _ends(out, "two networks at once", own, path.params, bound)
        out.identity("two networks at once: tau", both.tau[i], path.tau, of_time)
        allowed = of_time.expand_as(both.path_weights[i])
        out.identity("two networks at once: A", both.path_weights[i], run.path_weights, allowed)
        z, slope = trial.draw.z, recipe.slope
        f = output(both.params, z, slope)[i]
        out.identity("two networks at once: f", f, output(own, z, slope), bound.output(z))
        gradient = input_gradient(both.params, z, slope)[i]
        alone = input_gradient(own, z, slope)
        out.identity("two networks at once: nabla f", gradient, alone, bound.input_gradient(z))


def _stacks(trial: Trial, recipe: Recipe, out: Comparisons) -> None:
    """So many networks at once that they do not fit one stack; two of them again and again."""
    X, y = trial.draw.X, trial.draw.y
    recipe = recipe.prefix(2)
    forms = trial.theory[Forms](recipe)
    starts = clear_pairs(trial, recipe)
    copies = forms.copies(starts[0], X)
    every = forms.stacked(starts * copies, X, torch.stack((y, -y)).repeat(copies, 1)).params
    for i, sign in enumerate((1, -1)):
        path, run = _path(starts[i], X, sign * y, recipe)
        bound = _bound(run)
        own = Parameters(*(t[i::2] for t in every))
        for name, found, wanted, most in (
            ("W", own.W, path.params.W, bound.weight),
            ("b", own.b, path.params.b, bound.bias),
        ):
            out.identity(
                f"stacks: {name}",
                found,
                wanted.expand_as(found),
                _TWICE * most.expand(found.shape[:2]),
            )


def _wide(trial: Trial, recipe: Recipe, out: Comparisons) -> None:
    """Copies of the neurons in a space of many dimensions: blocks, and the Gram form as chosen."""
    X, y = trial.draw.X, trial.draw.y
    eta = recipe.steps[0] / _WIDE_STEPS
    for count in (_WIDE_STEPS, 2):
        long = replace(recipe, steps=tuple(eta * (1.5 if k % 2 else 0.5) for k in range(count)))
        (start, _) = clear_pairs(trial, long)
        path, _ = _path(start, X, y, long)
        wide = widened(start, X, y)
        slower = replace(long, steps=tuple(wide.times * step for step in long.steps))
        tau = (wide.times * path.tau).repeat(len(wide.y) // len(y))
        A = torch.zeros_like(wide.start.a[:, None] * tau)  # no bound asks for it
        run = Trained(wide.start, wide.start, wide.X, wide.y, slower, tau, A)
        forms = trial.theory[Forms](slower)
        found = forms.alone(wide.start, wide.X, wide.y, path_weights=count == 2)
        name = "blocks of weights" if count == 2 else "blocks in Gram form"
        _ends(out, name, found.params, wide.of(path.params), _bound(run))
        if count > 2:
            chosen = forms.gram(wide.start, wide.X, wide.y).params.W
            nothing = torch.zeros_like(found.params.b)
            out.identity(f"{name}: to the last bit", found.params.W, chosen, nothing)


def _flow(trial: Trial, recipe: Recipe, out: Comparisons) -> None:
    """Without a change of patterns the flow of the identity loss is linear in time."""
    X, y = trial.draw.X, trial.draw.y
    T = recipe.time
    steps = growing_steps(T, _MANY_STEPS, T / 100)
    wanted = times(T, _MANY_STEPS, T / 100, X).diff()
    error = torch.full_like(wanted, _MANY_STEPS * 8 * torch.finfo(X.dtype).eps * T)
    out.identity("steps grow with time", wanted.new_tensor(steps), wanted, error)
    single = Recipe((T,), slope=recipe.slope, train_bias=recipe.train_bias)
    starts = clear_pairs(trial, single)
    flow = trial.theory[Forms](recipe).flow(starts, X, torch.stack((y, -y)))
    for i, start in enumerate(starts):
        sign = 1 - 2 * i
        side = torch.ones_like(start.b).masked_fill(start.b < 0, recipe.slope)
        push = T * start.a * side / (len(y) * math.sqrt(start.width))
        W = start.W + push[:, None] * (sign * y @ X)
        b = start.b + push * (sign * y.sum()) * recipe.beta
        tau = torch.full_like(y, T)
        many = replace(single, steps=(T / flow.steps,) * flow.steps)
        run = Trained(start, start, X, y, many, tau, side[:, None] * tau)
        bound = RoundingBound.of(run, X.dtype)
        own = Parameters(*(t[i] for t in flow.params))
        _ends(out, "flow", own, Parameters(W, b, start.a), bound)
        moved = torch.hypot(torch.linalg.vector_norm(W - start.W), (b - start.b).norm())
        lost = 2 * _TWICE * torch.hypot(bound.weight.norm(), bound.bias.norm()) / moved
        clear = lost < 1  # else what rounding does may be all of the movement
        nothing = torch.zeros_like(lost)
        out.at_most("flow: its estimate of error", flow.error[i], nothing, lost, clear)
    of_time = torch.full_like(y[0], flow.time)
    out.identity("flow: time", of_time, torch.full_like(of_time, T), torch.zeros_like(of_time))


def _learning(trial: Trial, out: Comparisons) -> None:
    """Perturbation learning as a whole is its three parts, each from what came before it."""
    c, start = trial.configuration, trial.draw
    found = learn_from_perturbations(c, trial.subject.settings)
    path, run = _path(start.f_0, start.X, start.y, c.f_recipe)
    bound = _bound(run)
    _ends(out, "learning: f", found.f, path.params, bound)
    W, b, a = path.params
    pattern = activation_pattern(start.X @ W.T + b, c.slope)
    gradient = (pattern * a / math.sqrt(c.width)) @ W
    length = torch.linalg.vector_norm(gradient, dim=1)
    nu = torch.where(length[:, None] > 0, gradient / length[:, None], 0.0)
    error = _TWICE * c.eps * bound.direction(start.X, length)
    out.identity("learning: r", found.r, c.eps * start.targets[:, None] * nu, error)
    inputs = natural_inputs(start.X, c.scenario) + found.r
    path, run = _path(start.g_0, inputs, start.targets, c.g_recipe)
    _ends(out, "learning: g", found.g, path.params, _bound(run))


def _vanishing(trial: Trial, out: Comparisons) -> None:
    """Of one neuron whose derivative is 0 below its kink: wherever it is not active."""
    one = replace(trial.configuration, width=1, slope=0.0, kink_free=False, f_steps=(0.0,))
    c = replace(one, data=Data("gaussian", dimension=2, samples=12))
    found = learn_from_perturbations(c, trial.subject.settings)
    u = draw(c, trial.subject.settings).X @ found.f.W.T + found.f.b
    wanted = (u < 0).sum().to(u.dtype)
    counted = torch.full_like(wanted, found.zero_perturbations)
    out.identity("learning: gradients that vanish", counted, wanted, torch.zeros_like(wanted))


F1 = PathwiseStatement(
    id="F1",
    statement="every form in which the library trains makes the same steps",
    plain="Every fast form of training makes the same steps as the plain one.",
    kind=IDENTITY,
    source="none",
    proof="docs/identities.md",
    rests_on=("E0",),
    carries=ADDED,
    needs=(),
    latex=r"\theta(T) = \theta(0) + \frac{a}{\sqrt m} X^\top C, \quad "
    r"u = u(0) + \frac{a}{\sqrt m} (X X^\top + \beta) C",
    compare=check,
    inputs=LIBRARY,
)
