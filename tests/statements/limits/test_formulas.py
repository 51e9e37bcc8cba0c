"""R1-R4: their formulas against autograd and simulation, and what is observed of a network."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.errors import InputError
from verifier.implementations.reference import Reference
from verifier.model.losses import Logistic
from verifier.model.network import initialise, input_gradient
from verifier.model.recipe import Recipe
from verifier.model.vectors import angles, cosines
from verifier.statements import DEFAULT, STATISTICAL
from verifier.statements.identities.formulas import decomposition
from verifier.statements.limits.formulas import Limits, mean_along
from verifier.statements.limits.measured import observe
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

CPU64 = {"dtype": torch.float64, "device": "cpu"}
SETTINGS = pytest.mark.parametrize(
    ("gamma", "beta"), [(0.0, True), (0.3, True), (0.3, False), (1.0, True)]
)


def points(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator("cpu").manual_seed(seed), **CPU64)


def limits(gamma: float, beta: bool, d: int = 4, N: int = 7) -> tuple[Limits, Tensor]:
    X, z = points(1, N, d), points(2, 5, d)
    return Limits(X, X[:, 0].sign(), Recipe((0.5, 1.5), slope=gamma, train_bias=beta)), z


def f_hat(t: Limits, z: Tensor) -> Tensor:
    """Theory's formulas with arcsin, one sample at a time."""
    d, total = z.shape[1], torch.zeros_like(z[:, 0])
    for x, y in zip(t.X, t.y, strict=True):
        s_x, s_z, c = x @ x / d + 1, (z * z).sum(1) / d + 1, z @ x / d + 1
        arc = torch.arcsin(c / torch.sqrt(s_x * s_z)) / (2 * math.pi)
        phi = t.slope + (1 - t.slope) ** 2 * (0.25 + arc)
        total = total + y * phi * (z @ x + t.recipe.beta)
    return total / len(t.y)


# --- the formulas ---------------------------------------------------------------------------------


@SETTINGS
def test_output_is_f_0_and_t_times_the_sum_over_samples(gamma: float, beta: bool) -> None:
    t, z = limits(gamma, beta)
    f_0 = points(3, 5)
    torch.testing.assert_close(t.output(z, f_0), f_0 + 2.0 * f_hat(t, z))


@SETTINGS
def test_sharpened_is_the_gradient_of_f_hat(gamma: float, beta: bool) -> None:
    t, z = limits(gamma, beta)
    variable = z.clone().requires_grad_()
    (expected,) = torch.autograd.grad(f_hat(t, variable).sum(), variable)
    torch.testing.assert_close(t.sharpened(z), expected)
    start = points(4, 5, 4)
    torch.testing.assert_close(t.gradient(z, start), start + 2.0 * expected)


@SETTINGS
def test_direction_is_the_gradient_of_f_hat_at_fixed_phi(gamma: float, beta: bool) -> None:
    t, z = limits(gamma, beta)
    variable = z.clone().requires_grad_()
    value = (t.phi(z) * (variable @ t.X.T) * t.y).mean(dim=1)
    (expected,) = torch.autograd.grad(value.sum(), variable)
    torch.testing.assert_close(t.direction(z), expected)


def test_the_mean_cosine_is_that_of_gradients_drawn_around_t_h() -> None:
    """`cos(T h + nabla f_0, s)` over 10,000 networks, which are nearly normal."""
    t, z = limits(0.3, True)
    g = torch.Generator("cpu").manual_seed(5)
    n = 10_000
    many = initialise(100, 4, generator=g, networks=(n,), **CPU64)
    drawn = t.gradient(z, input_gradient(many, z, 0.3)).flatten(0, 1)
    found = cosines(drawn, t.direction(z).repeat(n, 1)).view(n, len(z))
    noise = found.std(dim=0) / math.sqrt(n)
    assert ((found.mean(dim=0) - t.mean_cosine(z)).abs() < 5 * noise + 0.002).all()


@pytest.mark.parametrize("dimension", [1, 2, 3, 17])
def test_the_mean_along_a_shifted_normal_vector(dimension: int) -> None:
    """Against drawn vectors; in one dimension against the error function."""
    lengths = torch.tensor([0.0, 0.1, 1.0, 4.0, 12.0], **CPU64)
    g = np.random.default_rng(1).normal(size=(200_000, dimension))
    for length, found in zip(
        lengths.tolist(), mean_along(lengths, dimension).tolist(), strict=True
    ):
        shifted = g + length * np.eye(dimension)[0]
        drawn = shifted[:, 0] / np.linalg.norm(shifted, axis=1)
        assert found == pytest.approx(drawn.mean(), abs=5 * drawn.std() / 447 + 1e-12)
    if dimension == 1:  # E sgn g
        exact = [math.erf(v / math.sqrt(2)) for v in lengths.tolist()]
        assert mean_along(lengths, 1).tolist() == pytest.approx(exact, abs=1e-14)


def test_the_mean_along_in_many_dimensions_and_far_out() -> None:
    lengths = torch.tensor([1.0, 10.0, 28.0, 1e3, 1e6], **CPU64)
    simple = lengths / (lengths.square() + 784).sqrt()
    torch.testing.assert_close(mean_along(lengths, 784), simple, rtol=2e-3, atol=0)
    torch.testing.assert_close(
        mean_along(lengths[3:], 5), torch.ones(2, **CPU64), rtol=1e-5, atol=0
    )


def test_samples_that_coincide_with_z_are_dropped_from_the_flip_term() -> None:
    t, _ = limits(0.0, True)
    others = replace(t, X=t.X[1:], y=t.y[1:])
    expected = others.flip_term(t.X[:1]) * 6 / 7
    torch.testing.assert_close(t.flip_term(t.X[:1]), expected)


def test_a_given_kernel_enters_predictions_and_directions() -> None:
    t, z = limits(0.3, True)
    doubled = replace(t, predicting_phi=lambda z, X, gamma: 2 * Limits.phi(t, z))
    torch.testing.assert_close(doubled.f_hat(z), 2 * t.f_hat(z))
    torch.testing.assert_close(doubled.direction(z), 2 * t.direction(z))


def test_another_loss_is_refused() -> None:
    t, _ = limits(0.3, True)
    with pytest.raises(InputError, match="loss"):
        Limits(t.X, t.y, Recipe((1.0,), Logistic()))


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-3, 1.0, 3.1, math.pi])
def test_angles_and_cosines(angle: float) -> None:
    u = torch.tensor([[3.0, 0.0]], **CPU64)
    v = 0.1 * torch.tensor([[math.cos(angle), math.sin(angle)]], **CPU64)
    assert float(angles(u, v)) == pytest.approx(angle, rel=1e-7, abs=1e-15)
    assert float(cosines(u, v)) == pytest.approx(math.cos(angle), abs=1e-15)


# --- what is observed -----------------------------------------------------------------------------


def trial(statement: str, width: int, subject: Subject | None = None) -> Trial:
    """Of the statement's first experiment, at another width."""
    c = STATISTICAL[statement].experiments[DEFAULT][0].configurations[0]
    return Trial(replace(c, width=width), subject)


def test_the_signed_sum_is_e1_s() -> None:
    """Against the path weights that the replay recorded."""
    trained = trial("R2", 100)
    seen = observe(trained, 2)
    e1 = decomposition(trained, trained.f)
    expected = (e1.coefficients(seen.z) * seen.y) @ seen.X
    torch.testing.assert_close(seen.signed_sum, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(seen.gradient_after, e1.initial_part(seen.z) + expected)


def test_what_is_not_offered_is_filled_in() -> None:
    class Trains:
        train = Reference().train

    seen, own = (observe(trial("R1", 30, subject), 2) for subject in (Subject(Trains()), None))
    for name in ("output_before", "output_after", "gradient_after", "signed_sum"):
        assert torch.equal(getattr(seen, name), getattr(own, name))
