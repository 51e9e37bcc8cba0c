"""What a width adds to R5's errors by the steps of single neurons at their kinks, for R5m and R6x.

A neuron starts at `u` near a kink, with the readout `a`, and moves by `a T q` in units where
`sqrt m` is 1. Only starts from which it crosses count, on an interval of length `|a| T |q|`; there
everything is a polynomial in u on one piece, and Gauss' rule is exact. `a` is `|a|` times a fair
sign, so that its powers come out as absolute moments.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import activation_pattern
from verifier.model.recipe import Recipe
from verifier.statements.agreement.finite_width import FiniteWidth

NEURONS = 30
"""Standard normal ones that both sides average over."""

WIDTHS = (1, 4)
"""At which sizes are compared: two tell both terms."""

_N, _D, _P = 5, 3, 4  # samples, dimensions, points
_CLEAR = 0.01  # less than any angle's sine there, or than what has a solid angle's direction
_FEW = 16  # rounding errors beside those of products and sums

_AT = (0.5 - 1 / math.sqrt(12), 0.5 + 1 / math.sqrt(12))  # Gauss' two nodes, of equal weight


def _moment(power: int) -> float:
    """`E |a|^power` of a standard normal a."""
    return 2 ** (power / 2) * math.gamma((power + 1) / 2) / math.sqrt(math.pi)


class Crossed(NamedTuple):
    """Starts of neurons that cross: `u`, the move, phi' before and after; what they weigh."""

    sign: float
    u: Tensor
    move: Tensor
    before: Tensor
    after: Tensor
    weight: Tensor


def _crossed(q: Tensor, q_below: Tensor, time: float, slope: float) -> Iterator[Crossed]:
    """Of neurons with `|a| = 1` whose drift is q above their kink and `q_below` below it."""
    for sign in (1.0, -1.0):
        for side, drift in ((1.0, q), (-1.0, q_below)):
            move = sign * time * drift
            for at in _AT:
                u = -at * move
                here = (u * side > 0).to(u.dtype)
                before, after = (activation_pattern(v, slope) for v in (u, u + move))
                yield Crossed(sign, u, move, before, after, move.abs() * here / 4)


class Kink(NamedTuple):
    """Neurons that stand at the kink of a point: weights `(B, d)`, patterns `(B, N)`.

    `density`: of a fresh pre-activation at 0.
    """

    w: Tensor
    seen: Tensor
    density: Tensor


def at_kink(neurons: Tensor, x: Tensor, X: Tensor, slope: float) -> Kink:
    """Standard normal `neurons (B, d + 1)` without their part along x `(d,)`, lifted."""
    d = len(x)
    lifted = torch.cat((x / math.sqrt(d), x.new_ones(1)))
    length = torch.linalg.vector_norm(lifted)
    unit = lifted / length
    stands = neurons - torch.outer(neurons @ unit, unit)
    w, b = stands[:, :-1] / math.sqrt(d), stands[:, -1:]
    density = 1 / (math.sqrt(2 * math.pi) * length)
    return Kink(w, activation_pattern(w @ X.T + b, slope), density)


def added_to_output(q: Tensor, density: Tensor, time: float, slope: float) -> Tensor:
    """By how much a neuron's change of the output exceeds its kernel's part, squares; q `(B,)`."""
    total = torch.zeros_like(q)
    for c in _crossed(q, q, time, slope):
        whole = c.after * (c.u + c.move) - c.before * c.u
        total = total + c.weight * (whole.square() - (c.before * c.move).square())
    return _moment(5) * density * total


def turned_by_flips(
    q: Tensor, q_below: Tensor, density: Tensor, time: float, slope: float
) -> Tensor:
    """`(phi' after - before)^2` of neurons, of whose gradients it is the part of `w^2`, (B,)."""
    crossed = _crossed(q, q_below, time, slope)
    total = sum((c.weight * (c.after - c.before).square() for c in crossed), torch.zeros_like(q))
    return _moment(3) * density * total


def _met_by_moves(q: Tensor, density: Tensor, time: float, slope: float) -> Tensor:
    """`2 a (phi' after - before) phi' after`: what of flips and moves is in common, (B,)."""
    total = torch.zeros_like(q)
    for c in _crossed(q, q, time, slope):
        total = total + c.weight * 2 * c.sign * (c.after - c.before) * c.after
    return _moment(4) * density * total


class Sizes(NamedTuple):
    """`main + second/sqrt m` at each point; `most`: the sizes of the terms that are summed."""

    main: Tensor
    second: Tensor
    most: Tensor


def _reach(z: Tensor, X: Tensor, recipe: Recipe) -> Tensor:
    """The mean over n of `T (|z||x_n| + beta)`: no drift times T is more, (P,)."""
    of_z, of_x = (torch.linalg.vector_norm(t, dim=1) for t in (z, X))
    return recipe.time * (of_z * of_x.mean() + recipe.beta)


def kernel_square(w: Tensor, z: Tensor, X: Tensor, slope: float) -> Tensor:
    """`V = m E [sum_n w_n (K_0 - Phi)(z, x_n)]^2` at one point `z (d,)`, pair by pair of samples.

    By the probability that a neuron is active at z, n and k: over `4 pi` it is the solid angle of
    a cone, here from its edges, the cross products of what the points are lifted to.
    """
    points = torch.cat((z[None], X))
    p = torch.cat((points / math.sqrt(len(z)), torch.ones_like(points[:, :1])), dim=1)
    p = p / torch.linalg.vector_norm(p, dim=1, keepdim=True)
    rho = (p @ p.T).fill_diagonal_(1.0)
    two = 0.5 - rho.acos() / (2 * math.pi)
    a, b, c = rho[0, 1:, None], rho[0, None, 1:], rho[1:, 1:]
    sines = [(1 - r.square()).sqrt() for r in (a, b, c)]
    around = sines[0] * sines[1] * sines[2]
    for one, others in ((0, (b, c, a)), (1, (a, c, b)), (2, (a, b, c))):
        around = around + sines[one] * (others[0] * others[1] - others[2])
    volume = 1 + 2 * a * b * c - a.square() - b.square() - c.square()
    three = torch.atan2(volume, around) / (2 * math.pi)
    three = torch.where(torch.eye(len(X), dtype=torch.bool, device=X.device), two[0, 1:], three)
    g, h = slope, 1 - slope
    at_n, at_k, pair = two[0, 1:, None], two[0, None, 1:], two[1:, 1:]
    everywhere = g**2 + g * h + h**2 * pair
    at_z = g**2 / 2 + g * h * (at_n + at_k) + h**2 * three
    psi = g**2 * everywhere + (1 - g**2) * at_z
    phi = g**2 + g * h + h**2 * two[0, 1:]
    return 3 * w @ psi @ w - (w @ phi).square()


def output_square(z: Tensor, X: Tensor, y: Tensor, recipe: Recipe, neurons: Tensor) -> Sizes:
    """`m E (f_T - f_0 - T f_hat)^2` at `z (P, d)`, for one step."""
    T, slope = recipe.time, recipe.slope
    V, added = [], []
    for point in z:
        pulls = y * (X @ point + recipe.beta) / len(y)
        kink = at_kink(neurons, point, X, slope)
        V.append(kernel_square(T * pulls, point, X, slope))
        added.append(added_to_output(kink.seen @ pulls, kink.density, T, slope).mean())
    reach = _reach(z, X, recipe)
    return Sizes(torch.stack(V), torch.stack(added), 4 * reach**2 + reach**3)


def gradient_square(X: Tensor, y: Tensor, recipe: Recipe, neurons: Tensor, h: Tensor) -> Sizes:
    """`sqrt m E |nabla f_T - nabla f_0 - T h|^2` at the samples, for one step.

    In the second term a sample's own pattern is `(1 + gamma)/2`, as R5 has it.
    """
    T, slope, N = recipe.time, recipe.slope, len(y)
    lifted = torch.cat((X / math.sqrt(X.shape[1]), torch.ones_like(X[:, :1])), dim=1)
    free = activation_pattern(neurons @ lifted.T, slope)
    fresh = (T * (free * y) @ X / N).square().sum(dim=1)
    path, reach = T * torch.linalg.vector_norm(X, dim=1).mean(), _reach(X, X, recipe)
    sizes = []
    for n in range(N):
        pulls = y * (X @ X[n] + recipe.beta) / N
        kink = at_kink(neurons, X[n], X, slope)
        above, below, mean = (kink.seen.clone() for _ in range(3))
        above[:, n], below[:, n], mean[:, n] = 1.0, slope, (1 + slope) / 2
        square = kink.w.square().sum(dim=1)
        turned = turned_by_flips(above @ pulls, below @ pulls, kink.density, T, slope)
        moves = (kink.w * (T * (mean * y) @ X / N)).sum(dim=1)
        met = _met_by_moves(mean @ pulls, kink.density, T, slope) * moves
        moved = _moment(4) * (free[:, n].square() * fresh).mean()
        centre = (T * h[n]).square().sum()
        w = square.mean().sqrt()
        most = reach[n] * w**2 + 3 * path * (path + reach[n] * w) + centre
        sizes.append(Sizes((turned * square).mean(), moved + met.mean() - centre, most))
    return Sizes(*(torch.stack(part) for part in zip(*sizes, strict=True)))


def compare_widths(kind: type[FiniteWidth], recipe: Recipe, out: Comparisons) -> None:
    """R5's sizes on a few points of their own, for one step as long as `recipe`.

    `h` is the samples: any does.
    """
    step = Recipe((recipe.time,), slope=recipe.slope, train_bias=recipe.train_bias)
    generator = torch.Generator("cpu").manual_seed(0)
    X, z, neurons = (
        torch.randn(*shape, generator=generator, dtype=torch.float64, device="cpu")
        for shape in ((_N, _D), (_P, _D), (NEURONS, _D + 1))
    )
    y = torch.tensor([1.0, -1.0] * _N, dtype=torch.float64, device="cpu")[:_N]
    stated = kind(X, y, step.time, step.slope, step.beta, neurons)
    unit = _FEW * (_N + _D) * torch.finfo(X.dtype).eps
    turned = gradient_square(X, y, step, neurons, X)
    missed = output_square(z, X, y, step, neurons)
    for m in WIDTHS:
        due = [s.main + s.second / math.sqrt(m) for s in (turned, missed)]
        name = f"sqrt m |error of nabla f_T|^2, m = {m}"
        out.identity(name, stated.gradient_square(X, m), due[0], unit * turned.most)
        name = f"m (error of f_T)^2, m = {m}"
        out.identity(name, stated.output_square(z, m), due[1], unit * missed.most / _CLEAR)
