"""E0k: what a code takes for phi'(0), read where every pre-activation is 0 and nothing rounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements.identities.at_kink import AtKink, beside_an_active_one
from verifier.statements.inputs import Inputs
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement

AT_KINK = Inputs(
    "at the kink", "verifier.suite.kinks:at_kink_configurations", trial=AtKink, cost=20
)
"""Samples on the axes, neurons with `u = 0` at all of them."""

AT_ZERO = "phi'(0) in "
"""How the notes begin that count what was read, by function and value."""

_FEW = 16  # roundings of a product of six factors, of a sum of two such, and of what is read off
_MOST_NEURONS = 4  # whose gradients are read


@dataclass(frozen=True)
class AtZero:
    """What follows from phi'(0) for a code of one `slope`, and which values it may have."""

    slope: float

    def ends(self) -> tuple[float, float]:
        """The least and the greatest phi'(0) for which E1b, E3 and D1 hold."""
        return self.slope, 1.0

    def push(self, f: Parameters, y: Tensor, recipe: Recipe) -> Tensor:
        """What a first step adds to `b_i` for sample n, and `x_nn` times to `w_in`, if phi'(0) = 1.

        (m, N); the loss is at `s = -y_n f(x_n) = 0`.
        """
        p = recipe.loss.derivative(torch.zeros_like(y))
        return f.a[:, None] * (recipe.steps[0] * y * p / (len(y) * math.sqrt(f.width)))

    def gradient(self, pair: Parameters, at_zero: Tensor) -> Tensor:
        """Of a neuron at its kink with phi'(0) = `at_zero` (P,) and an active one, (P, d)."""
        first, second = pair.a[:, None] * pair.W / math.sqrt(2)
        return at_zero[:, None] * first + second


def check(trial: AtKink, out: Comparisons) -> None:
    """E0k of a first step, and of the gradient and the attack where they are offered."""
    theory = trial.theory[AtZero](trial.configuration.slope)
    for function, at_zero, bound in _readings(trial, theory, out):
        low, high = (torch.full_like(at_zero, end) for end in theory.ends())
        out.at_most(f"phi'(0) in {function}: at least gamma", low, at_zero, bound)
        out.at_most(f"phi'(0) in {function}: at most 1", at_zero, high, bound)
        if trial.configuration.slope < 1:
            for value, count in _named(at_zero, bound, trial.configuration.slope).items():
                note = f"{AT_ZERO}{function}: {value}"
                out.notes[note] = out.notes.get(note, 0) + count


def _named(at_zero: Tensor, bound: Tensor, slope: float) -> dict[str, int]:
    """How many are 1, the slope, between the two, or neither."""
    one = (at_zero - 1).abs() <= bound
    gamma = (at_zero - slope).abs() <= bound
    between = (at_zero > slope) & (at_zero < 1) & ~one & ~gamma
    of = {"1": one, "gamma": gamma, "between": between, "outside": ~(one | gamma | between)}
    counts = {name: int(where.sum()) for name, where in of.items()}
    return {name: count for name, count in counts.items() if count}


def _readings(
    trial: AtKink, theory: AtZero, out: Comparisons
) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Each function with the phi'(0) that it shows, and with what rounding may change of that."""
    yield "train", *_step(trial, theory, out)
    f, X = trial.draw.f_0, trial.draw.X
    for i in range(min(f.width, _MOST_NEURONS)):
        pair = beside_an_active_one(f, i, X)
        if "input_gradient" in trial.code.offered:
            yield "input_gradient", *_gradient(trial, theory, pair, out)
        if "perturb" in trial.code.offered and trial.configuration.eps > 0:
            yield "perturb", *_attack(trial, theory, pair, out)


def _step(trial: AtKink, theory: AtZero, out: Comparisons) -> tuple[Tensor, Tensor]:
    """By neuron and sample, (m, N): sample n alone moves `w_in`."""
    start, recipe = trial.draw, trial.configuration.f_recipe.prefix(1)
    ended = trial.code.train(start.f_0, start.X, start.y, recipe)
    f = Parameters(*(t.double() for t in start.f_0))
    eps = torch.finfo(start.X.dtype).eps
    push = theory.push(f, start.y.double(), recipe)
    along = push * start.X.double().diagonal()
    W = ended.W.double()
    at_zero = (W - f.W) / along
    bound = _FEW * eps * at_zero.abs().clamp_min(1) + eps * W.abs() / along.abs()
    due = recipe.beta * (push * at_zero).sum(dim=1)
    b = ended.b.double()
    of_b = recipe.beta * (push.abs() * (bound + _FEW * eps * at_zero.abs())).sum(dim=1)
    out.identity("b moves by the phi'(0) of W", b - f.b, due, of_b + recipe.beta * eps * b.abs())
    return at_zero, bound


def _gradient(
    trial: AtKink, theory: AtZero, pair: Parameters, out: Comparisons
) -> tuple[Tensor, Tensor]:
    """By sample, (N,): the share of the weights at their kink, which the others do not touch."""
    found = trial.code.input_gradient(pair, trial.draw.X, trial.configuration.slope)
    pair = Parameters(*(t.double() for t in pair))
    one = theory.gradient(pair, torch.ones_like(found[:, 0]))
    first = one - theory.gradient(pair, torch.zeros_like(found[:, 0]))
    at_zero = (found * first).sum(dim=1) / (first * first).sum(dim=1)
    bound = _FEW * torch.finfo(trial.draw.X.dtype).eps * at_zero.abs().clamp_min(1)
    size = torch.linalg.vector_norm(first, dim=1)
    name = "the gradient at a kink is that of one phi'(0)"
    out.identity(name, found, theory.gradient(pair, at_zero), bound * size)
    return at_zero, bound


def _attack(
    trial: AtKink, theory: AtZero, pair: Parameters, out: Comparisons
) -> tuple[Tensor, Tensor]:
    """By sample, (N,): the share of the weights at their kink over that of the active ones."""
    c, X, targets = trial.configuration, trial.draw.X, trial.draw.targets
    found = trial.code.perturb(pair, X, targets, c.eps, c.slope, c.loss_function).double()
    pair = Parameters(*(t.double() for t in pair))
    nothing = torch.zeros_like(found[:, 0])
    active = theory.gradient(pair, nothing)
    first = theory.gradient(pair, nothing + 1) - active
    at_zero = (found * first).sum(dim=1) / (found * active).sum(dim=1)
    eps = torch.finfo(X.dtype).eps
    bound = _FEW * eps * at_zero.abs().clamp_min(1)
    gradient = theory.gradient(pair, at_zero)
    unit = gradient / torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
    due = c.eps * targets.double()[:, None] * unit
    rounding = c.eps * (_FEW + math.sqrt(X.shape[1])) * eps
    name = "the attack at a kink follows the gradient of one phi'(0)"
    out.identity(name, found, due, torch.full_like(nothing, rounding))
    return at_zero, bound


E0k = PathwiseStatement(
    id="E0k",
    statement="phi'(0) is in [gamma, 1]: in a step, in a gradient and in an attack",
    plain="At a kink, training, gradient and attack use a slope between the activation's two.",
    kind=IDENTITY,
    source="follows from the setting",
    proof="docs/identities.md",
    rests_on=("E0",),
    carries=ADDED,
    needs=("train",),
    reads_too=("input_gradient", "perturb"),
    inputs=AT_KINK,
    latex=r"u_i(x_n) = 0 \implies \frac{N \sqrt{m} \, \Delta w_{in}}{\eta \, y_n p_n a_i x_{nn}}"
    r" = \phi'(0) \in [\gamma, 1]",
    compare=check,
)
