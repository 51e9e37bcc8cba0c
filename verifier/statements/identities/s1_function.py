"""S1: a code is a function: it answers for what it is handed, whatever the order and the form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.implementations.checked import Checked
from verifier.model.network import Parameters
from verifier.statements.identities.k1_kernel import ClosedForm
from verifier.statements.identities.relations import (
    Pointwise,
    Shuffle,
    pointwise,
    spread_points,
    strided,
    training_bound,
)
from verifier.statements.inputs import Inputs
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial

KINK_FREE = Inputs("without kinks", "verifier.suite.kinks:kink_free_configurations", cost=20)
"""Rounding cannot lead two runs apart there: relations between whole runs are never excused."""


def check(trial: Trial, out: Comparisons) -> None:
    """S1 of every function that the code offers."""
    start, recipe, code = trial.draw, trial.configuration.f_recipe, trial.code
    shuffle = Shuffle.of(trial)
    trained = code.train(start.f_0, start.X, start.y, recipe)
    x = spread_points(trial)
    t = torch.ones_like(x[:, 0])
    t[::2] = -1
    functions = pointwise(trial, trained, x)

    def answers() -> dict[str, Tensor]:
        values = {f.name: f.call(code, trained, x, t) for f in functions}
        again = code.train(start.f_0, start.X, start.y, recipe)
        return values | {f"train, {name}": part for name, part in zip("Wb", again, strict=False)}

    first = answers()
    _same(out, "the same call again: {}", first, answers())
    for f in functions:
        _points(f, trained, x, t, first[f.name], shuffle, trial, out)
    _numbers(trial, trained, x, t, functions, out)
    _training(trial, trained, shuffle, out)
    if "kernel" in code.offered:
        _kernel(trial, shuffle, out)
    other = code.train(start.g_0, start.X.flip(0), -start.y, recipe)
    for f in functions:
        f.call(code, other, -x, -t)
    _same(out, "after other calls: {}", first, answers())
    _arguments(trial, trained, functions, x, t, out)


def _same(out: Comparisons, name: str, first: dict[str, Tensor], again: dict[str, Tensor]) -> None:
    """Equal arguments, equal results: the same arithmetic, to the last bit."""
    for key, value in first.items():
        left, right = again[key].double(), value.double()
        out.identity(name.format(key), left, right, torch.zeros_like(right))


def _points(
    f: Pointwise,
    trained: Parameters,
    x: Tensor,
    t: Tensor,
    whole: Tensor,
    shuffle: Shuffle,
    trial: Trial,
    out: Comparisons,
) -> None:
    """A point's answer is its own, and neither neurons nor coordinates have an order."""
    code, order, axes = trial.code, shuffle.points, shuffle.coordinates
    bound = 2 * f.bound
    half = len(x) // 2
    parts = [
        f.call(code, trained, x[p], t[p]) for p in (slice(1), slice(1, half), slice(half, None))
    ]
    out.identity(f"{f.name} by parts", torch.cat(parts), whole, bound)
    moved = f.call(code, trained, x[order], t[order])
    out.identity(f"{f.name}, points permuted", moved, whole[order], bound[order])
    moved = f.call(code, shuffle.of_neurons(trained), x, t)
    out.identity(f"{f.name}, neurons permuted", moved, whole, bound)
    moved = f.call(code, shuffle.of_coordinates(trained), x[:, axes], t)
    turned = whole[:, axes] if f.turns else whole
    out.identity(f"{f.name}, coordinates permuted", moved, turned, bound)

    bare = Checked(code.implementation, hands_copies=False)
    found = f.call(bare, strided(trained), strided(x), strided(t))
    out.identity(f"{f.name} of strided views", found, whole, bound)
    found = f.call(bare, trained.clone(), x[:1].expand_as(x), t[:1].expand_as(t))
    out.identity(f"{f.name} of expanded views", found, whole[:1].expand_as(whole), bound[:1])


def _numbers(
    trial: Trial,
    trained: Parameters,
    x: Tensor,
    t: Tensor,
    functions: list[Pointwise],
    out: Comparisons,
) -> None:
    """`phi(u) = relu(u) - gamma relu(-u)`; and an attack is proportional to its length.

    A code that keeps results by network and points, whatever these numbers, is told of.
    """
    c, code = trial.configuration, trial.code
    bounds = {f.name: f.bound for f in functions}
    turned = Parameters(-trained.W, -trained.b, trained.a)
    for name in ("output", "input_gradient"):
        if name not in bounds or trial.subject.supports.slopes is not None:
            continue
        call = getattr(code, name)
        for slope in dict.fromkeys((c.slope, 1.0)):
            found = call(trained, x, slope)
            parts = call(trained, x, 0.0) - slope * call(turned, x, 0.0)
            out.identity(f"{name} of two ReLU networks", found, parts, 4 * bounds[name])
    if "perturb" in bounds:
        of = [
            code.perturb(trained, x, t, eps, c.slope, c.loss_function).double()
            for eps in (c.eps, 2 * c.eps)
        ]
        out.identity("perturb, twice as long", of[1], 2 * of[0], 4 * bounds["perturb"])


def _training(trial: Trial, trained: Parameters, shuffle: Shuffle, out: Comparisons) -> None:
    """Samples, neurons and coordinates have no order; a run may be split, a sample doubled."""
    start, recipe, code = trial.draw, trial.configuration.f_recipe, trial.code
    f_0, X, y = start.f_0, start.X, start.y
    order, axes = shuffle.samples, shuffle.coordinates
    bare = Checked(code.implementation, hands_copies=False)
    twice = torch.cat((X, X)), torch.cat((y, y))
    turned = code.train(shuffle.of_coordinates(f_0), X[:, axes], y, recipe)
    back = torch.argsort(axes)
    runs: dict[str, tuple[Parameters, Parameters]] = {
        "samples permuted": (code.train(f_0, X[order], y[order], recipe), trained),
        "samples doubled": (code.train(f_0, *twice, recipe), trained),
        "neurons permuted": (
            code.train(shuffle.of_neurons(f_0), X, y, recipe),
            shuffle.of_neurons(trained),
        ),
        "coordinates permuted": (turned._replace(W=turned.W[:, back]), trained),
        "strided views": (bare.train(strided(f_0), strided(X), strided(y), recipe), trained),
    }
    if recipe.momentum == 0 and len(recipe.steps) > 1:
        halfway = code.train(f_0, X, y, recipe.prefix(1))
        rest = code.train(halfway, X, y, replace(recipe, steps=recipe.steps[1:]))
        runs["a run in two parts"] = rest, trained
    # one rounding of each side, and twice as many samples may round twice as much
    rounding = training_bound(trial)
    weight, bias = 3 * rounding.weight, 3 * rounding.bias
    for name, (found, expected) in runs.items():
        at = shuffle.neurons if name == "neurons permuted" else slice(None)
        left, right = (Parameters(*(v.double() for v in p)) for p in (found, expected))
        out.identity(f"train, {name}: W", left.W, right.W, weight[at])
        out.identity(f"train, {name}: b", left.b, right.b, bias[at])
    _label(trial, weight, out)


def _label(trial: Trial, weight: Tensor, out: Comparisons) -> None:
    """A step on one sample goes the other way if its label is turned, whatever the loss."""
    start, first = trial.draw, trial.configuration.f_recipe.prefix(1)
    before, x = start.f_0.W.double(), start.X[:1]
    steps = [trial.code.train(start.f_0, x, y, first).W for y in (start.y[:1], -start.y[:1])]
    moved, against = (W.double() - before for W in steps)
    seen = (moved.abs() > weight[:, None]) & (against.abs() > weight[:, None])
    out.same_sign("train, a label turned", against, -moved, seen)


def _kernel(trial: Trial, shuffle: Shuffle, out: Comparisons) -> None:
    """The kernel is symmetric, by parts, and blind to the order of coordinates."""
    code, slope, axes = trial.code, trial.configuration.slope, shuffle.coordinates
    x, X = spread_points(trial), trial.draw.X
    whole = code.kernel(x, X, slope).double()
    bound = 2 * trial.theory[ClosedForm](slope).values(x, X)[1]
    out.identity("kernel, symmetric", code.kernel(X, x, slope).double().T, whole, bound)
    rows = torch.cat([code.kernel(row[None], X, slope).double() for row in x])
    out.identity("kernel by parts", rows, whole, bound)
    turned = code.kernel(x[:, axes], X[:, axes], slope).double()
    out.identity("kernel, coordinates permuted", turned, whole, bound)


def _arguments(
    trial: Trial,
    trained: Parameters,
    functions: list[Pointwise],
    x: Tensor,
    t: Tensor,
    out: Comparisons,
) -> None:
    """What is handed over comes back as it was, to the last bit."""
    bare, start = Checked(trial.code.implementation, hands_copies=False), trial.draw

    def compare(name: str, handed: tuple[Any, ...], kept: tuple[Any, ...]) -> None:
        for now, before in zip(_tensors(handed), _tensors(kept), strict=True):
            left, right = now.double(), before.double()
            out.identity(f"{name} leaves its arguments", left, right, torch.zeros_like(right))

    for f in functions:
        handed = trained.clone(), x.clone(), t.clone()
        f.call(bare, *handed)
        compare(f.name, handed, (trained, x, t))
    handed = start.f_0.clone(), start.X.clone(), start.y.clone()
    bare.train(*handed, trial.configuration.f_recipe)
    compare("train", handed, (start.f_0, start.X, start.y))


def _tensors(arguments: tuple[Any, ...]) -> list[Tensor]:
    """The tensors among arguments and in networks, in order."""
    return [part for a in arguments for part in (a if isinstance(a, Parameters) else (a,))]


S1 = PathwiseStatement(
    id="S1",
    statement="a code is a function: order, batches, views and earlier calls do not matter",
    plain="The code is a function: order, batches, views and earlier calls do not matter.",
    kind=IDENTITY,
    source="follows from the setting",
    proof="docs/identities.md",
    carries=ADDED,
    needs=("train",),
    reads_too=("output", "input_gradient", "perturb", "kernel"),
    inputs=KINK_FREE,
    latex=r"f_{\sigma \theta}(z_{\pi}) = f_{\theta}(z)_{\pi}, \quad "
    r"\theta_T(\sigma \theta_0, X_{\pi}, y_{\pi}) = \sigma \theta_T(\theta_0, X, y)",
    compare=check,
)
