from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mpmath
import pytest
import torch
from torch import Tensor

from verifier.kernel.phi import phi
from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import (
    Parameters,
    activation_pattern,
    initialise,
    input_gradient,
    output,
    preactivation,
)
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements.certificates.formulas import Agreement, Certificates, Interval
from verifier.statements.identities.formulas import Decomposition
from verifier.trial.rounding import RoundingBound
from verifier.trial.trained import Trained

CPU64 = {"dtype": torch.float64, "device": "cpu"}
M, N, D, P = 9, 5, 3, 4
CASES = pytest.mark.parametrize(
    ("slope", "train_bias", "loss"),
    [
        (0.0, True, Logistic()),
        (0.3, False, Logistic()),
        (0.3, True, Identity()),
        (1.0, False, Identity()),
    ],
    ids=lambda v: v.name if isinstance(v, Loss) else str(v),
)


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
    """The definitions of docs/statements.md at one point, one neuron and one sample at a time.

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


# Each method is its formula


@CASES
def test_patterns_and_movement(slope: float, train_bias: bool, loss: Loss) -> None:
    c, z = invented(1, slope, train_bias, loss), points(2)
    loops = [Loops(c, p) for p in z]
    close(c.shares, [t / N for t in loops[0].tau])
    close(c.inner(z), [[at.k(n, at.z) for n in range(N)] for at in loops])
    at_samples = list(zip(*loops[0].at_samples, strict=True))
    close_interval(c.sample_patterns, at_samples)
    in_the_end = [[at.in_the_end(i, at.z) for i in range(M)] for at in loops]
    close_interval(c.pull(z, c.sample_patterns), in_the_end)
    moves = [[at.move(i, at.in_the_end(i, at.z)) for i in range(M)] for at in loops]
    close_interval(c.movement_bound(z), moves)
    moves = [[at.move(i, at.on_the_path(i, at.z)) for i in range(M)] for at in loops]
    close_interval(c.path_movement_bound(z), moves)
    close_interval(c.final_patterns(z), [[at.final_slopes(i) for i in range(M)] for at in loops])
    if slope < 1:  # some patterns are certain, some are not: both at the samples and at z
        for patterns in (c.sample_patterns, c.final_patterns(z)):
            assert 0 < int((patterns.radius > 0).sum()) < patterns.radius.numel()


@CASES
def test_coefficients_and_kernel(slope: float, train_bias: bool, loss: Loss) -> None:
    c, z = invented(3, slope, train_bias, loss), points(4)
    loops = [Loops(c, p) for p in z]
    close(c.initial_pattern(z), [[at.slope(i, at.z) for i in range(M)] for at in loops])
    close(c.initial_kernel(z), [[at.initial_kernel(n) for n in range(N)] for at in loops])
    close_interval(c.lazy_coefficients(z), [[at.coefficient(n) for n in range(N)] for at in loops])


@CASES
def test_prediction_and_output_error(slope: float, train_bias: bool, loss: Loss) -> None:
    c, z = invented(5, slope, train_bias, loss), points(6)
    loops = [Loops(c, p) for p in z]
    close(c.prediction(z), [at.prediction() for at in loops])
    for k, got in enumerate(c.output_bound(z)):
        close(got, [at.output()[k] for at in loops])
    parts = [at.output_error() for at in loops]
    for k, got in enumerate((c.training_error(z), c.kernel_term(z))):
        close(got, [part[k] for part in parts])
        assert slope == 1 or bool((got > 0).any())
    close(c.output_error(z), [sum(part) for part in parts])
    close(c.lazy_output(z, z[:, 0]), [at.z[0] + at.prediction() for at in loops])


@CASES
def test_direction_and_its_error(slope: float, train_bias: bool, loss: Loss) -> None:
    c, z = invented(7, slope, train_bias, loss), points(8)
    loops = [Loops(c, p) for p in z]
    close(c.direction(z), [at.direction() for at in loops])
    close(c.direction_error(z), [at.direction_error() for at in loops])
    initial_part = points(9)
    expected = [
        math.hypot(*xi) + at.direction_error()
        for xi, at in zip(initial_part.tolist(), loops, strict=True)
    ]
    close(c.direction_gap(z, initial_part), expected)


@CASES
@pytest.mark.parametrize("seed", range(5))
def test_no_error_exceeds_its_cruder_form(
    slope: float, train_bias: bool, loss: Loss, seed: int
) -> None:
    """What docs/statements.md proves of the forms in theory section 3."""
    c, z = invented(30 + seed, slope, train_bias, loss), points(40 + seed)
    loops = [CruderLoops(c, p) for p in z]
    room = 1 + 1e-12
    for p, at in enumerate(loops):
        assert float(c.output_error(z)[p]) <= at.cruder_output_error() * room + 1e-14
        assert float(c.direction_error(z)[p]) <= at.cruder_direction_error() * room + 1e-14
        move = c.movement_bound(z)
        most = torch.maximum(move.high[p], -move.low[p])
        reach = at.movement(at.z) / math.sqrt(M) * c.initial.a.abs()
        assert bool((most <= reach * room).all())
        for n in range(N):
            centre = at.tau[n] / N * at.initial_kernel(n)
            low, high = at.coefficient(n)
            farthest = max(high - centre, centre - low)
            assert farthest <= at.cruder_lazy_error(n) * room + 1e-14


def test_rounding_widens_patterns_at_the_edge_and_nowhere_else() -> None:
    c = replace(invented(10), tau=torch.zeros(N, **CPU64))  # nothing moves: no flip but at u = 0
    run = Trained(c.initial, c.initial, c.X, c.y, c.recipe, c.tau, torch.zeros(M, N, **CPU64))
    inflated = replace(c, rounding=RoundingBound.of(run, torch.float64))
    # a point on neuron 0's kink up to rounding
    w, b = c.initial.W[0], c.initial.b[0]
    z = (-(b * (1 - 1e-15)) * w / (w @ w))[None]
    assert 0 < abs(float(preactivation(c.initial, z)[0, 0])) < 1e-14
    assert c.final_patterns(z).radius.tolist() == [[0.0] * M]
    widest = (1 - c.slope) / 2
    assert inflated.final_patterns(z).radius.tolist() == [[widest] + [0.0] * (M - 1)]
    other = points(11)
    for k in (0, 1):
        assert torch.equal(inflated.final_patterns(other)[k], c.final_patterns(other)[k])


def test_predictions_use_the_kernel_given_and_bounds_the_closed_form() -> None:
    c, z = invented(12), points(13)

    def doubled(points: Tensor, X: Tensor, slope: float) -> Tensor:
        return 2 * phi(points, X, slope)

    own = replace(c, predicting_phi=doubled)
    torch.testing.assert_close(own.prediction(z), 2 * c.prediction(z))
    torch.testing.assert_close(own.direction(z), 2 * c.direction(z))
    assert torch.equal(own.output_error(z), c.output_error(z))
    assert torch.equal(own.direction_error(z), c.direction_error(z))


def test_a_sign_is_certain_only_beyond_everything_that_could_turn_it() -> None:
    c, z = invented(14, slope=0.9), points(15)
    nothing = torch.zeros(P, **CPU64)
    prediction, error = c.prediction(z), c.output_error(z)
    room = prediction.abs() - error
    assert bool((room > 0).any())
    against = -room * prediction.sign()  # an initial output that takes away all the room
    for f_0, margin in ((against, nothing), (nothing, room), (against / 2, room / 2)):
        sure = c.sign_is_certain(z, f_0 * (1 - 1e-9), margin * (1 - 1e-9))
        unsure = c.sign_is_certain(z, f_0 * (1 + 1e-9), margin * (1 + 1e-9))
        assert torch.equal(sure & (room > 0), room > 0)
        assert not bool((unsure & (room > 0)).any())
    assert bool(c.sign_is_certain(z, 99 * prediction.sign(), nothing).all())  # or helps


def test_agreement_asks_each_network_and_both_signs() -> None:
    z = torch.randn(30, D, generator=generator(16), **CPU64)
    nothing = torch.zeros(30, **CPU64)
    f, g = invented(17, slope=0.8), invented(18, slope=0.8)
    f_0, g_0 = 0.5 * z[:, 0], 0.5 * z[:, 1]
    both = Agreement(f, g)
    of_f, of_g = both.f_is_certain(z, f_0, nothing), both.g_is_certain(z, g_0, nothing)
    assert not torch.equal(of_f, of_g)
    expected = []
    for certain, start, c in ((of_f, f_0, f), (of_g, g_0, g)):
        loops = [Loops(c, p) for p in z]
        outputs = [v + at.prediction() for v, at in zip(start.tolist(), loops, strict=True)]
        errors = [sum(at.output_error()) for at in loops]
        assert certain.tolist() == [abs(v) > e for v, e in zip(outputs, errors, strict=True)]
        assert len(set(certain.tolist())) == 2
        expected.append(outputs)
    same = [left * right > 0 for left, right in zip(*expected, strict=True)]
    assert both.same_sign(z, f_0, g_0).tolist() == same
    assert len(set(same)) == 2


# The bounds hold on trained networks


@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda v: v.name)
@pytest.mark.parametrize(("slope", "train_bias"), [(0.0, True), (0.3, False)])
@pytest.mark.parametrize("width", [3, 3000])
def test_bounds_hold_along_a_trained_path(
    width: int, slope: float, train_bias: bool, loss: Loss
) -> None:
    g = generator(19)
    X, y = torch.randn(N, D, generator=g, **CPU64), torch.randn(N, generator=g, **CPU64).sign()
    z = torch.cat((points(20), X))
    start = initialise(width, D, generator=g, **CPU64)
    recipe = Recipe((0.5,) * 6, loss, slope, 0.5, train_bias)
    whole = Certificates(start, X, y, train(start, X, y, recipe).tau, recipe)

    def inside(value: Tensor, allowed: Interval) -> bool:
        room = 1e-13 * (1 + value.abs())
        return bool(((value >= allowed.low - room) & (value <= allowed.high + room)).all())

    for count in range(1, 7):
        early = recipe.prefix(count)
        path = train(start, X, y, early, path_weights=True)
        c = Certificates(start, X, y, path.tau, early)
        moved = preactivation(path.params, z) - preactivation(start, z)
        assert inside(moved, c.movement_bound(z))
        assert inside(moved, whole.path_movement_bound(z))
        shown = activation_pattern(preactivation(path.params, z), slope)
        assert inside(shown, c.final_patterns(z))
        if count < 6:  # the last pattern is no part of the path
            assert inside(shown[P:], whole.sample_patterns)
        assert path.path_weights is not None
        assert inside(path.path_weights.T / path.tau[:, None], c.sample_patterns)
        run = Trained(start, path.params, X, y, early, path.tau, path.path_weights)
        theory = Decomposition(run)
        assert inside(theory.coefficients(z), c.lazy_coefficients(z))
        trained = output(path.params, z, slope)
        assert inside(trained, c.output_bound(z))
        error = (trained - c.lazy_output(z, output(start, z, slope))).abs()
        assert bool((error <= c.output_error(z) + 1e-13).all())
        gap = input_gradient(path.params, z, slope) - c.direction(z)
        limit = c.direction_gap(z, theory.initial_part(z))
        assert bool((gap.norm(dim=1) <= limit + 1e-13).all())
    if width == 3:  # the bounds are no triviality: that on the movement is nearly attained
        bound = c.movement_bound(z)
        used = (moved - bound.centre).abs() / bound.radius.clamp_min(1e-9)
        assert float(used.max()) > 0.5


def test_the_output_bound_is_attained_by_a_dead_network() -> None:
    """Theory D3: nothing moves, and the kernel term alone makes up for the whole prediction."""
    start = Parameters(
        torch.zeros(2, D, **CPU64), torch.full((2,), -9.0, **CPU64), torch.ones(2, **CPU64)
    )
    X, z = 0.1 * points(21)[:1], points(22)
    c = Certificates(start, X, torch.ones(1, **CPU64), torch.ones(1, **CPU64), Recipe((1.0,)))
    assert torch.equal(c.final_patterns(z).high, torch.zeros(P, 2, **CPU64))
    torch.testing.assert_close(c.output_error(z), c.prediction(z).abs(), rtol=1e-15, atol=0)
