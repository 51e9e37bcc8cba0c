from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.statements.certificates.loops import (
    CPU64,
    CruderLoops,
    D,
    Loops,
    M,
    N,
    P,
    close,
    close_interval,
    generator,
    invented,
    points,
)
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
from verifier.statements.certificates.formulas import Agreement, Certificates
from verifier.statements.certificates.interval import Interval
from verifier.statements.identities.formulas import Decomposition
from verifier.trial.rounding import RoundingBound
from verifier.trial.trained import Trained

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
    """What docs/certificates.md proves of the plain forms."""
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
