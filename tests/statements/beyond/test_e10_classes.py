"""E10, E10m: several outputs against torch.nn, autograd, and 1500 fresh networks in NumPy."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import NotComparable
from verifier.implementations.published import Published
from verifier.model.classes import ClassRecipe, class_outputs, perturb_classes
from verifier.model.network import Parameters
from verifier.model.vectors import cosines, row_norms
from verifier.statements import PATHWISE
from verifier.statements.beyond.broken_classes import ByClasses
from verifier.statements.beyond.class_replay import pull_error
from verifier.statements.beyond.class_trial import ClassConfiguration, ClassTrial
from verifier.statements.beyond.classes import ClassPath
from verifier.trial.subject import Subject

PLAIN = ClassConfiguration(
    Data("gaussian", 4, 6), 20, 0.3, True, (0.3, 0.2, 0.4), (0.2,), 0.5, "b", classes=3
)
HOWS = pytest.mark.parametrize(
    "changes",
    [
        {},
        {"train_bias": False, "class_loss": "squares"},
        {"momentum": 0.8},
        {"slope": 0.0, "classes": 2},
        {"classes": 5, "class_loss": "squares", "momentum": 0.5},
    ],
    ids=["plain", "frozen biases, squares", "momentum", "ReLU, two", "five, squares, momentum"],
)


def outputs(parts: list[Tensor], x: Tensor, slope: float) -> Tensor:
    W, b, a = parts
    u = torch.nn.functional.linear(x, W, b)
    return torch.where(u >= 0, u, slope * u) @ a.T / len(b) ** 0.5


class ByTorch(ByClasses):
    """torch's optimiser, losses and autograd: nothing of the library's."""

    def train_classes(
        self, params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe
    ) -> Parameters:
        parts = [t.clone().requires_grad_() for t in params]
        trained = parts[:2] if recipe.train_bias else parts[:1]
        optimiser = torch.optim.SGD(trained, 1.0, recipe.momentum)
        for eta in recipe.steps:
            optimiser.param_groups[0]["lr"] = eta
            optimiser.zero_grad()
            f = outputs(parts, X, recipe.slope)
            right = torch.nn.functional.one_hot(labels, f.shape[1]).to(f)
            squares = (f - right).square().sum(dim=1).mean() / 2
            entropy = torch.nn.functional.cross_entropy(f, labels)
            torch.autograd.backward(squares if recipe.loss == "squares" else entropy)
            optimiser.step()
        return Parameters(*(t.detach() for t in parts))


@HOWS
@pytest.mark.parametrize("name", ["E10", "E10m"])
def test_a_code_that_shares_nothing_passes(name: str, changes: dict[str, Any]) -> None:
    found = PATHWISE[name].check(replace(PLAIN, **changes), Subject(ByTorch()))
    assert found.holds
    assert found.error < 0.5


@HOWS
def test_the_sums_are_autograd_s_gradients_where_torch_ends(changes: dict[str, Any]) -> None:
    trial = ClassTrial(replace(PLAIN, **changes), Subject(ByTorch()))
    path, final = trial.class_path, trial.trained
    for mine, torchs in zip(path.final(), final, strict=True):
        torch.testing.assert_close(mine, torchs, rtol=1e-12, atol=1e-14)
    z = trial.points.clone().requires_grad_()
    claimed = path.input_gradient(final, trial.points)
    for c in range(path.classes):
        f = outputs(list(final), z, trial.configuration.slope)
        (gradient,) = torch.autograd.grad(f[:, c].sum(), z)
        torch.testing.assert_close(claimed[:, c], gradient, rtol=1e-12, atol=1e-14)


def test_a_coefficient_is_the_sum_that_defines_it() -> None:
    trial = ClassTrial(PLAIN)
    path, z = trial.class_path, trial.points
    C, final = path.coefficients(path.final(), z), path.final()
    p, c, other, n = 2, 1, 2, 3
    total = 0.0
    for i in range(20):
        active = 1.0 if float(final.W[i] @ z[p] + final.b[i]) >= 0 else 0.3
        a = path.initial.a[:, i]
        total += float(a[c] * a[other] * active * path.A[other, i, n])
    assert float(C[p, c, other, n]) == pytest.approx(total / (6 * 20), rel=1e-12)


def test_entropy_gives_the_diagonal_its_sign_and_squares_do_not() -> None:
    wrong = {}
    for loss in ("cross-entropy", "squares"):
        trial = ClassTrial(replace(PLAIN, class_loss=loss, f_steps=(1.0,) * 4))
        path = trial.class_path
        C = torch.diagonal(path.coefficients(path.final(), trial.points), dim1=1, dim2=2)
        own = trial.chosen[0] == torch.arange(3)[:, None]
        wrong[loss] = int(((C.transpose(1, 2) > 0) != own).sum())
    assert wrong["cross-entropy"] == 0
    assert wrong["squares"] > 10


@pytest.mark.parametrize(("dtype", "worst"), [("float64", 0.2), ("float32", 0.2)])
def test_codes_stay_well_within_what_rounding_may_do(dtype: str, worst: float) -> None:
    errors = []
    for seed in range(10):
        c = replace(
            PLAIN, dtype=dtype, eps=0.1 + seed, class_loss=("squares", "cross-entropy")[seed % 2]
        )
        trial = ClassTrial(c, Subject(ByTorch()))
        with suppress(NotComparable):
            of_W, _ = trial.weight_bounds(trial.class_path.final())
            apart = row_norms(trial.trained.W.double() - trial.class_path.final().W)
            errors.append(float((apart / of_W).max()))
    assert len(errors) > 5
    assert 1e-4 < max(errors) < worst


def test_the_pull_moves_no_further_than_its_bound() -> None:
    random = np.random.default_rng(3)
    f = torch.tensor(random.standard_normal((200, 4)))
    labels, e = torch.tensor(random.integers(0, 4, 200)), torch.tensor(random.random((200, 4)))
    for loss in ("cross-entropy", "squares"):
        recipe, largest = ClassRecipe((1.0,), loss), 0.0
        bound = pull_error(recipe, f, e, 0.0)
        for signs in random.choice([-1.0, 1.0], (30, 200, 4)):
            moved = recipe.pull(f + torch.tensor(signs) * e, labels) - recipe.pull(f, labels)
            largest = max(largest, float((moved.abs() / bound).max()))
        assert 0.5 < largest <= 1 + 1e-12


def test_an_attack_through_the_entropy_depends_on_probabilities() -> None:
    trial = ClassTrial(replace(PLAIN, f_steps=(3.0,) * 4, width=200))
    final, X = trial.trained, trial.draw.X
    labels, targets, _ = trial.chosen
    margin = perturb_classes(final, X, labels, targets, 1.0, 0.3)
    x = X.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(class_outputs(final, x, 0.3), targets)
    (downhill,) = torch.autograd.grad(-loss, x)
    assert float(cosines(margin, downhill).min()) < 0.99
    back = perturb_classes(final, X, targets, labels, 1.0, 0.3)
    assert torch.equal(back, -margin)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_coefficients_off_the_diagonal_begin_with_mean_zero_and_this_variance(slope: float) -> None:
    """`m Var = p (1 + gamma^4) + (1 - 2p) gamma^2` of `(1/m) sum a_c a_c' phi' phi'`."""
    random, m, draws, d = np.random.default_rng(5), 30, 40_000, 3
    z, x = random.standard_normal((2, d))
    W, b = random.standard_normal((draws, m, d)) / d**0.5, random.standard_normal((draws, m))
    a, other = random.standard_normal((2, draws, m))
    active = [np.where(W @ v + b >= 0, 1.0, slope) for v in (z, x)]
    means = (a * other * active[0] * active[1]).mean(axis=1)
    rho = (z @ x / d + 1) / np.sqrt((z @ z / d + 1) * (x @ x / d + 1))
    p = 0.25 + np.arcsin(rho) / (2 * np.pi)
    due = p * (1 + slope**4) + (1 - 2 * p) * slope**2
    square = m * means**2
    assert abs(means.mean()) < 5 * means.std() / draws**0.5
    assert square.mean() == pytest.approx(due, abs=5 * square.std() / draws**0.5)
    assert 5 * square.std() / draws**0.5 < 0.06 * due


def test_codes_with_one_output_lose_nothing() -> None:
    assert PATHWISE["E10"].unavailable(Published()) == ("train_classes",)
    assert PATHWISE["E10m"].unavailable(Published()) == ("train_classes", "perturb_classes")


def test_a_path_is_made_of_the_formulas_under_test() -> None:
    assert type(ClassTrial(PLAIN).class_path) is ClassPath
