"""The definitions of docs/certificates.md, one neuron and one sample at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import torch
from torch import Tensor

from verifier.model.losses import Logistic, Loss
from verifier.model.network import (
    initialise,
)
from verifier.model.recipe import Recipe
from verifier.statements.certificates.formulas import Certificates
from verifier.statements.certificates.interval import Interval

CPU64 = {"dtype": torch.float64, "device": "cpu"}
M, N, D, P = 9, 5, 3, 4


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def invented(
    seed: int, slope: float = 0.3, train_bias: bool = True, loss: Loss | None = None
) -> Certificates:
    """Certificates of a draw with different effective times, of which some neurons may flip."""
    g = generator(seed)
    initial = initialise(M, D, generator=g, **CPU64)
    X, y = torch.randn(N, D, generator=g, **CPU64), torch.randn(N, generator=g, **CPU64).sign()
    tau = 1.0 + 3 * torch.rand(N, generator=g, **CPU64)
    recipe = Recipe((1.0,), loss or Logistic(), slope, train_bias=train_bias)
    return Certificates(initial, X, y, tau, recipe)


def points(seed: int) -> Tensor:
    return torch.randn(P, D, generator=generator(seed), **CPU64)


class Loops:
    """The definitions of docs/certificates.md at one point, one neuron and one sample at a time.

    A range is a pair of its ends; `at_samples` are the ranges of the patterns, [neuron][sample].
    """

    def __init__(self, c: Certificates, z: Tensor) -> None:
        self.W, self.b, self.a = (t.tolist() for t in c.initial)
        self.X, self.y, self.tau = (t.tolist() for t in (c.X, c.y, c.tau))
        self.z: list[float] = z.tolist()
        self.gamma, self.beta = c.recipe.slope, float(c.recipe.train_bias)
        self.alike = c.recipe.loss.name == "identity"
        self.at_samples = [[(self.gamma, 1.0)] * N for _ in range(M)]
        for _ in range(2):
            self.at_samples = [
                [self.slopes(i, x, self.move(i, self.on_the_path(i, x))) for x in self.X]
                for i in range(M)
            ]

    def u(self, i: int, x: list[float]) -> float:
        return sum(w * v for w, v in zip(self.W[i], x, strict=True)) + self.b[i]

    def k(self, n: int, x: list[float]) -> float:
        return sum(v * w for v, w in zip(self.X[n], x, strict=True)) + self.beta

    def slope(self, i: int, x: list[float]) -> float:
        return 1.0 if self.u(i, x) >= 0 else self.gamma

    def terms(self, i: int, x: list[float]) -> list[tuple[float, float]]:
        """What each sample may contribute to Y_i(x) in the end."""
        found = []
        for n in range(N):
            weight = self.tau[n] * self.y[n] * self.k(n, x) / N
            found.append(tuple(sorted(weight * q for q in self.at_samples[i][n])))
        return found

    def in_the_end(self, i: int, x: list[float]) -> tuple[float, float]:
        lows, highs = zip(*self.terms(i, x), strict=True)
        return sum(lows), sum(highs)

    def on_the_path(self, i: int, x: list[float]) -> tuple[float, float]:
        """Identity loss: a share of the whole. Else each sample may be anywhere below its own."""
        if self.alike:
            low, high = self.in_the_end(i, x)
            return min(low, 0.0), max(high, 0.0)
        terms = self.terms(i, x)
        return sum(min(low, 0.0) for low, _ in terms), sum(max(high, 0.0) for _, high in terms)

    def move(self, i: int, pull: tuple[float, float]) -> tuple[float, float]:
        low, high = sorted(self.a[i] / math.sqrt(M) * Y for Y in pull)
        return low, high

    def slopes(self, i: int, x: list[float], move: tuple[float, float]) -> tuple[float, float]:
        """The slopes of phi anywhere between u + low and u + high."""
        seen = [1.0 if self.u(i, x) + D >= 0 else self.gamma for D in move]
        return min(seen), max(seen)

    def final_slopes(self, i: int) -> tuple[float, float]:
        return self.slopes(i, self.z, self.move(i, self.in_the_end(i, self.z)))

    def coefficient(self, n: int) -> tuple[float, float]:
        ends = [
            sum(
                self.a[i] ** 2 * self.final_slopes(i)[end] * self.at_samples[i][n][end]
                for i in range(M)
            )
            for end in (0, 1)
        ]
        return self.tau[n] / N * ends[0] / M, self.tau[n] / N * ends[1] / M

    def network(self, moves: list[float]) -> float:
        total = 0.0
        for i, D in enumerate(moves):
            u = self.u(i, self.z) + D
            total += self.a[i] * max(u, self.gamma * u)
        return total / math.sqrt(M)

    def output(self) -> tuple[float, float]:
        """The least and the largest of `a_i phi(u + D)` over both ends of every move."""
        ends = [self.move(i, self.in_the_end(i, self.z)) for i in range(M)]
        low = [D if a >= 0 else other for a, (D, other) in zip(self.a, ends, strict=True)]
        high = [other if a >= 0 else D for a, (D, other) in zip(self.a, ends, strict=True)]
        return self.network(low), self.network(high)

    def initial_kernel(self, n: int) -> float:
        x = self.X[n]
        return sum(self.a[i] ** 2 * self.slope(i, self.z) * self.slope(i, x) for i in range(M)) / M

    def phi(self, n: int) -> float:
        with mpmath.workdps(40):
            p, q = ([mpmath.mpf(v) for v in x] for x in (self.z, self.X[n]))
            s, t, c = (mpmath.fdot(v, w) / D + 1 for v, w in ((p, p), (q, q), (p, q)))
            angle = mpmath.asin(c / mpmath.sqrt(s * t))
            g = mpmath.mpf(self.gamma)
            return float(g + (1 - g) ** 2 * (mpmath.mpf(1) / 4 + angle / (2 * mpmath.pi)))

    def predicted(self, kernel: Callable[[int], float]) -> float:
        return sum(self.y[n] * self.tau[n] * kernel(n) * self.k(n, self.z) for n in range(N)) / N

    def prediction(self) -> float:
        return self.predicted(self.phi)

    def output_error(self) -> tuple[float, float]:
        low, high = self.output()
        lazy = self.network([0.0] * M) + self.predicted(self.initial_kernel)
        kernel_term = abs(self.predicted(self.initial_kernel) - self.prediction())
        return max(high - lazy, lazy - low), kernel_term

    def direction(self) -> list[float]:
        return [
            sum(self.y[n] * self.tau[n] * self.phi(n) * self.X[n][k] for n in range(N)) / N
            for k in range(D)
        ]

    def direction_error(self) -> float:
        off, radii = [0.0] * D, 0.0
        for n, x in enumerate(self.X):
            low, high = self.coefficient(n)
            gap = self.y[n] * ((low + high) / 2 - self.tau[n] / N * self.phi(n))
            off = [v + gap * w for v, w in zip(off, x, strict=True)]
            radii += (high - low) / 2 * math.hypot(*x)
        return math.hypot(*off) + radii


class CruderLoops(Loops):
    """The errors as theory section 3 has them: E_f, and E_S with norms of single terms."""

    def movement(self, x: list[float]) -> float:
        return sum(self.tau[n] * abs(self.k(n, x)) for n in range(N)) / N

    def flip(self, i: int, x: list[float]) -> bool:
        return abs(self.u(i, x)) <= abs(self.a[i]) * self.movement(x) / math.sqrt(M)

    def flip_mass(self, x: list[float]) -> float:
        return sum(self.a[i] ** 2 for i in range(M) if self.flip(i, x)) / M

    def cruder_output_error(self) -> float:
        reach = self.movement(self.z)
        first = sum(
            abs(a) * max(abs(a) * reach - math.sqrt(M) * abs(self.u(i, self.z)), 0.0)
            for i, a in enumerate(self.a)
        )
        second = 0.0
        for n, x in enumerate(self.X):
            flipped = [i for i in range(M) if self.flip(i, x)]
            seen = sum(self.a[i] ** 2 * self.slope(i, self.z) for i in flipped)
            second += self.tau[n] * abs(self.k(n, self.z)) * seen / N
        kernel_term = abs(self.predicted(self.initial_kernel) - self.prediction())
        return (1 - self.gamma) * (first + second) / M + kernel_term

    def cruder_lazy_error(self, n: int) -> float:
        mass = self.flip_mass(self.z) + self.flip_mass(self.X[n])
        return self.tau[n] / N * (1 - self.gamma) * mass

    def cruder_direction_error(self) -> float:
        return sum(
            math.hypot(*self.X[n])
            * (
                self.cruder_lazy_error(n)
                + self.tau[n] / N * abs(self.initial_kernel(n) - self.phi(n))
            )
            for n in range(N)
        )


def close(got: Tensor, expected: Any) -> None:
    torch.testing.assert_close(got, torch.tensor(expected, **CPU64), rtol=1e-12, atol=1e-14)


def close_interval(got: Interval, expected: list[list[tuple[float, float]]]) -> None:
    for k in (0, 1):
        close(got[k], [[pair[k] for pair in row] for row in expected])
