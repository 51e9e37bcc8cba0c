"""A network trained in ball arithmetic, from the very floating-point numbers of a draw.

Written from docs/setting.md alone, in plain loops: it shares no line with the library's own
training, patterns or kernel. A pattern is used only where its sign is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx
from torch import Tensor

from verifier.errors import NotComparable, require
from verifier.model.recipe import Recipe
from verifier.trial.draw import Draw

Ball = Any
Vector = list[Ball]

DERIVATIVES: dict[str, Callable[[Ball], Ball]] = {
    "identity": lambda s: arb(1),
    "logistic": lambda s: 1 / (1 + (-s).exp()),
    "exponential": lambda s: s.exp(),
}
"""`ell'` of the losses that are known in balls."""


class UndecidedSign(NotComparable):
    """A pre-activation's ball holds 0, and more digits did not help: its pattern is not known."""


def exact(values: Tensor) -> Any:
    """Nested lists of balls of radius 0: a floating-point number is one exactly."""

    def ball(value: Any) -> Any:
        return [ball(v) for v in value] if isinstance(value, list) else arb(value)

    return ball(values.double().tolist())


def dot(left: Sequence[Ball], right: Sequence[Ball]) -> Ball:
    """The inner product."""
    return sum((p * q for p, q in zip(left, right, strict=True)), arb(0))


@dataclass(frozen=True)
class State:
    """Weights `W (m, d)` and biases `b (m,)` at one step."""

    W: list[Vector]
    b: Vector

    def preactivation(self, i: int, z: Vector) -> Ball:
        """`u_i(z)`."""
        return dot(self.W[i], z) + self.b[i]


class Run:
    """A network, its data, and every state of its training; all of it in balls.

    `A (m, N)`, `tau (N,)`: path weights and effective times, by the weights of the recipe's steps.
    Raises `UndecidedSign`.
    """

    def __init__(self, start: Draw, recipe: Recipe) -> None:
        rule = f"must be one of {', '.join(DERIVATIVES)} in balls"
        require(recipe.loss.name in DERIVATIVES, "loss", recipe.loss.name, rule)
        self.recipe = recipe
        self.slope = arb(recipe.slope)
        self.beta = int(recipe.train_bias)
        self.X, self.y = exact(start.X), exact(start.y)
        self.a = exact(start.f_0.a)
        self.m, self.N = len(self.a), len(self.y)
        self.states = [State(exact(start.f_0.W), exact(start.f_0.b))]
        self.A = [[arb(0)] * self.N for _ in range(self.m)]
        self.tau = [arb(0)] * self.N
        self._train()

    @property
    def readout(self) -> Vector:
        """`a_i / sqrt m`."""
        return [a / arb(self.m).sqrt() for a in self.a]

    def pattern(self, u: Ball) -> Ball:
        """`phi'(u)`: 1 from 0 on, else the slope."""
        if u >= 0:
            return arb(1)
        if u < 0:
            return self.slope
        raise UndecidedSign(f"a pre-activation of {u} has no certain sign at {ctx.prec} bits")

    def patterns(self, state: State, z: Vector) -> Vector:
        """`phi'(u_i(z))` of every neuron."""
        return [self.pattern(state.preactivation(i, z)) for i in range(self.m)]

    def output(self, state: State, z: Vector) -> Ball:
        """`f(z)`."""
        terms = (
            r * p * state.preactivation(i, z)
            for i, (r, p) in enumerate(zip(self.readout, self.patterns(state, z), strict=True))
        )
        return sum(terms, arb(0))

    def _weights(self) -> Vector:
        """`omega_j`: how far gradient j ends up moving the parameters."""
        found, total = [], arb(0)
        for eta in reversed(self.recipe.steps):
            total = arb(eta) + arb(self.recipe.momentum) * total
            found.append(total)
        return found[::-1]

    def _train(self) -> None:
        mu, derivative = arb(self.recipe.momentum), DERIVATIVES[self.recipe.loss.name]
        d = len(self.X[0])
        velocity = State([[arb(0)] * d for _ in range(self.m)], [arb(0)] * self.m)
        for eta, omega in zip(map(arb, self.recipe.steps), self._weights(), strict=True):
            now = self.states[-1]
            shown = [self.patterns(now, x) for x in self.X]  # (N, m)
            p = [derivative(-y * self.output(now, x)) for x, y in zip(self.X, self.y, strict=True)]
            W, b = [], []
            for i, readout in enumerate(self.readout):
                # how strongly sample n pulls neuron i, up to its direction
                pull = [-readout * p[n] * self.y[n] * shown[n][i] / self.N for n in range(self.N)]
                gradient = [dot(pull, [x[k] for x in self.X]) for k in range(d)]
                velocity.W[i] = [mu * v + g for v, g in zip(velocity.W[i], gradient, strict=True)]
                velocity.b[i] = mu * velocity.b[i] + self.beta * sum(pull, arb(0))
                W.append([w - eta * v for w, v in zip(now.W[i], velocity.W[i], strict=True)])
                b.append(now.b[i] - eta * velocity.b[i])
                self.A[i] = [A + omega * p[n] * shown[n][i] for n, A in enumerate(self.A[i])]
            self.tau = [tau + omega * q for tau, q in zip(self.tau, p, strict=True)]
            self.states.append(State(W, b))
