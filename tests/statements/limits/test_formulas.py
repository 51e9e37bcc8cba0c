"""R1-R4: their formulas against autograd and simulation, and what is observed of a network."""

from __future__ import annotations

import math
from dataclasses import replace

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
from verifier.statements.limits.formulas import Limits, rms
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


def test_the_mean_of_the_gradient_s_square_is_in_the_mean_cosine() -> None:
    """`E |T h + nabla f_0|^2 = T^2 |h|^2 + (1+gamma^2)/2`, over 20,000 drawn networks."""
    t, z = limits(0.3, True)
    g = torch.Generator("cpu").manual_seed(5)
    many = initialise(3, 4, generator=g, networks=(20_000,), **CPU64)
    lengths = t.gradient(z, input_gradient(many, z, 0.3)).square().sum(dim=-1)
    along = 2.0 * (t.sharpened(z) * t.direction(z)).sum(dim=1)
    along /= torch.linalg.vector_norm(t.direction(z), dim=1)
    expected = (along / t.mean_cosine(z)).square()
    noise = lengths.std(dim=0) / math.sqrt(20_000)
    assert ((lengths.mean(dim=0) - expected).abs() < 5 * noise).all()


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


def test_rms_is_over_entries_or_rows() -> None:
    v = points(6, 5, 3)
    assert float(rms(v)) == pytest.approx(math.sqrt(float(v.square().sum()) / 5))
    assert float(rms(v[:, 0])) == pytest.approx(math.sqrt(float(v[:, 0].square().mean())))


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


def test_what_is_not_offered_is_nan() -> None:
    class Trains:
        train = Reference().train

    seen = observe(trial("R1", 30, Subject(Trains())), 2)
    values = (seen.output_before, seen.output_after, seen.gradient_after, seen.signed_sum)
    assert all(bool(v.isnan().all()) for v in values)
