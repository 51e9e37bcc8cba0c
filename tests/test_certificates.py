from __future__ import annotations

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.certificates import Agreement, Certificates
from verifier.decomposition import Decomposition, Trained
from verifier.kernel import phi
from verifier.losses import Identity, Logistic, Loss
from verifier.network import Parameters, initialise, input_gradient, output, preactivation
from verifier.rounding import RoundingBound
from verifier.training import Recipe, train

CPU64 = {"dtype": torch.float64, "device": "cpu"}
M, N, D, P = 9, 5, 3, 4
CASES = pytest.mark.parametrize(
    ("slope", "train_bias"), [(0.0, True), (0.3, False), (0.3, True), (1.0, False)]
)


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def invented(seed: int, slope: float = 0.3, train_bias: bool = True) -> Certificates:
    """Certificates of a draw with different effective times, of which some neurons may flip."""
    g = generator(seed)
    initial = initialise(M, D, generator=g, **CPU64)
    X, y = torch.randn(N, D, generator=g, **CPU64), torch.randn(N, generator=g, **CPU64).sign()
    tau = 0.2 + torch.rand(N, generator=g, **CPU64)
    recipe = Recipe((1.0,), Logistic(), slope, train_bias=train_bias)
    return Certificates(initial, X, y, tau, recipe)


def points(seed: int) -> Tensor:
    return torch.randn(P, D, generator=generator(seed), **CPU64)


class Loops:
    """The definitions of theory section 3 at one point, one neuron and one sample at a time."""

    def __init__(self, c: Certificates, z: Tensor) -> None:
        self.W, self.b, self.a = (t.tolist() for t in c.initial)
        self.X, self.y, self.tau = (t.tolist() for t in (c.X, c.y, c.tau))
        self.z: list[float] = z.tolist()
        self.gamma, self.beta = c.recipe.slope, float(c.recipe.train_bias)

    def u(self, i: int, x: list[float]) -> float:
        return sum(w * v for w, v in zip(self.W[i], x, strict=True)) + self.b[i]

    def k(self, n: int, x: list[float]) -> float:
        return sum(v * w for v, w in zip(self.X[n], x, strict=True)) + self.beta

    def movement(self, x: list[float]) -> float:
        return sum(self.tau[n] * abs(self.k(n, x)) for n in range(N)) / N

    def flip(self, i: int, x: list[float]) -> bool:
        return abs(self.u(i, x)) <= abs(self.a[i]) * self.movement(x) / math.sqrt(M)

    def flip_mass(self, x: list[float]) -> float:
        return sum(self.a[i] ** 2 for i in range(M) if self.flip(i, x)) / M

    def slope(self, i: int, x: list[float]) -> float:
        return 1.0 if self.u(i, x) >= 0 else self.gamma

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

    def prediction(self) -> float:
        return sum(self.y[n] * self.tau[n] * self.phi(n) * self.k(n, self.z) for n in range(N)) / N

    def output_error(self) -> tuple[float, float, float]:
        rest = 1 - self.gamma
        first = sum(
            abs(a)
            * max(abs(a) * self.movement(self.z) - math.sqrt(M) * abs(self.u(i, self.z)), 0.0)
            for i, a in enumerate(self.a)
        )
        second = third = 0.0
        for n, x in enumerate(self.X):
            flipped = [i for i in range(M) if self.flip(i, x)]
            seen = sum(self.a[i] ** 2 * self.slope(i, self.z) for i in flipped)
            second += self.tau[n] * abs(self.k(n, self.z)) * seen
            gap = self.initial_kernel(n) - self.phi(n)
            third += self.y[n] * self.tau[n] * self.k(n, self.z) * gap
        return rest * first / M, rest * second / (N * M), abs(third / N)

    def direction(self) -> list[float]:
        return [
            sum(self.y[n] * self.tau[n] * self.phi(n) * self.X[n][k] for n in range(N)) / N
            for k in range(D)
        ]

    def lazy_error(self, n: int) -> float:
        return (
            self.tau[n]
            / N
            * (1 - self.gamma)
            * (self.flip_mass(self.z) + self.flip_mass(self.X[n]))
        )

    def direction_error(self) -> float:
        total = 0.0
        for n, x in enumerate(self.X):
            gap = abs(self.initial_kernel(n) - self.phi(n))
            flips = (1 - self.gamma) * (self.flip_mass(self.z) + self.flip_mass(x))
            total += self.tau[n] * math.hypot(*x) * (flips + gap)
        return total / N


def close(got: Tensor, expected: list[object]) -> None:
    torch.testing.assert_close(got, torch.tensor(expected, **CPU64), rtol=1e-12, atol=1e-14)


# Each method is its formula


@CASES
def test_movement_and_flips(slope: float, train_bias: bool) -> None:
    c, z = invented(1, slope, train_bias), points(2)
    loops = [Loops(c, p) for p in z]
    close(c.inner(z), [[at.k(n, at.z) for n in range(N)] for at in loops])
    close(c.movement(z), [at.movement(at.z) for at in loops])
    bounds = [[abs(a) * at.movement(at.z) / math.sqrt(M) for a in at.a] for at in loops]
    close(c.movement_bound(z), bounds)
    flips = [[float(at.flip(i, at.z)) for i in range(M)] for at in loops]
    close(c.flips(z), flips)
    assert 0 < np.sum(flips) < P * M
    close(c.flip_mass(z), [at.flip_mass(at.z) for at in loops])
    close(c.shares, [t / N for t in loops[0].tau])


@CASES
def test_kernel_and_its_errors(slope: float, train_bias: bool) -> None:
    c, z = invented(3, slope, train_bias), points(4)
    loops = [Loops(c, p) for p in z]
    close(c.initial_pattern(z), [[at.slope(i, at.z) for i in range(M)] for at in loops])
    close(c.initial_kernel(z), [[at.initial_kernel(n) for n in range(N)] for at in loops])
    close(c.kernel_error(z), [[at.initial_kernel(n) - at.phi(n) for n in range(N)] for at in loops])
    close(c.lazy_error(z), [[at.lazy_error(n) for n in range(N)] for at in loops])


@CASES
def test_prediction_and_output_error(slope: float, train_bias: bool) -> None:
    c, z = invented(5, slope, train_bias), points(6)
    loops = [Loops(c, p) for p in z]
    close(c.prediction(z), [at.prediction() for at in loops])
    parts = [at.output_error() for at in loops]
    for k, got in enumerate((c.output_flips(z), c.sample_flips(z), c.kernel_term(z))):
        close(got, [part[k] for part in parts])
        assert slope == 1 or bool((got > 0).any())
    close(c.output_error(z), [sum(part) for part in parts])


@CASES
def test_direction_and_its_error(slope: float, train_bias: bool) -> None:
    c, z = invented(7, slope, train_bias), points(8)
    loops = [Loops(c, p) for p in z]
    close(c.direction(z), [at.direction() for at in loops])
    close(c.direction_error(z), [at.direction_error() for at in loops])
    initial_part = points(9)
    expected = [
        math.hypot(*xi) + at.direction_error()
        for xi, at in zip(initial_part.tolist(), loops, strict=True)
    ]
    close(c.direction_gap(z, initial_part), expected)


def test_rounding_lowers_no_bound_and_catches_a_flip_at_the_edge() -> None:
    c = replace(invented(10), tau=torch.zeros(N, **CPU64))  # nothing moves: no flip but at u = 0
    run = Trained(c.initial, c.initial, c.X, c.y, c.recipe, c.tau, torch.zeros(M, N, **CPU64))
    inflated = replace(c, rounding=RoundingBound.of(run, torch.float64))
    # a point on neuron 0's kink up to rounding
    w, b = c.initial.W[0], c.initial.b[0]
    z = (-(b * (1 - 1e-15)) * w / (w @ w))[None]
    assert 0 < abs(float(preactivation(c.initial, z)[0, 0])) < 1e-14
    assert c.flips(z).tolist() == [[0.0] * M]
    assert inflated.flips(z).tolist() == [[1.0] + [0.0] * (M - 1)]
    other = points(11)
    assert torch.equal(inflated.flips(other), c.flips(other))


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
    prediction, error = c.prediction(z).abs(), c.output_error(z)
    room = prediction - error
    assert bool((room > 0).any())
    nothing = torch.zeros(P, **CPU64)
    for f_0, margin in ((room, nothing), (-room, nothing), (nothing, room), (room / 2, room / 2)):
        sure = c.sign_is_certain(z, f_0 * (1 - 1e-9), margin * (1 - 1e-9))
        unsure = c.sign_is_certain(z, f_0 * (1 + 1e-9), margin * (1 + 1e-9))
        assert torch.equal(sure, room > 0)
        assert not bool((unsure & (room > 0)).any())


def test_agreement_asks_each_network_and_both_predictions() -> None:
    z = torch.randn(30, D, generator=generator(16), **CPU64)
    nothing = torch.zeros(30, **CPU64)
    f, g = invented(17, slope=0.8), invented(18, slope=0.8)
    both = Agreement(f, g)
    of_f, of_g = both.f_is_certain(z, nothing, nothing), both.g_is_certain(z, nothing, nothing)
    assert not torch.equal(of_f, of_g)
    for certain, c in ((of_f, f), (of_g, g)):
        loops = [Loops(c, p) for p in z]
        assert certain.tolist() == [abs(at.prediction()) > sum(at.output_error()) for at in loops]
        assert len(set(certain.tolist())) == 2
    pairs = [(Loops(f, p).prediction(), Loops(g, p).prediction()) for p in z]
    same = [left * right > 0 for left, right in pairs]
    assert both.same_prediction(z).tolist() == same
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
    for count in range(1, 7):
        early = recipe.prefix(count)
        path = train(start, X, y, early, path_weights=True)
        c = Certificates(start, X, y, path.tau, early)
        moved = (preactivation(path.params, z) - preactivation(start, z)).abs()
        assert bool((moved <= c.movement_bound(z) * (1 + 1e-12) + 1e-14).all())
        assert path.path_weights is not None
        run = Trained(start, path.params, X, y, early, path.tau, path.path_weights)
        theory = Decomposition(run)
        lazy = (theory.coefficients(z) - c.shares * c.initial_kernel(z)).abs()
        assert bool((lazy <= c.lazy_error(z) + 1e-14).all())
        change = output(path.params, z, slope) - output(start, z, slope)
        assert bool(((change - c.prediction(z)).abs() <= c.output_error(z) + 1e-13).all())
        gap = input_gradient(path.params, z, slope) - c.direction(z)
        limit = c.direction_gap(z, theory.initial_part(z))
        assert bool((gap.norm(dim=1) <= limit + 1e-13).all())
    if width == 3:  # the bounds are no triviality: the movement bound is nearly attained
        assert float((moved / c.movement_bound(z)).max()) > 0.5


def test_the_output_bound_is_attained_by_a_dead_network() -> None:
    """Theory D3: nothing moves, and the kernel term alone makes up for the whole prediction."""
    start = Parameters(
        torch.zeros(2, D, **CPU64), torch.full((2,), -9.0, **CPU64), torch.ones(2, **CPU64)
    )
    X, z = 0.1 * points(21)[:1], points(22)
    c = Certificates(start, X, torch.ones(1, **CPU64), torch.ones(1, **CPU64), Recipe((1.0,)))
    assert torch.equal(c.flips(z), torch.zeros(P, 2, **CPU64))
    torch.testing.assert_close(c.output_error(z), c.prediction(z).abs(), rtol=1e-15, atol=0)
