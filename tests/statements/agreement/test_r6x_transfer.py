"""R6x: its parts against R3c's own average and pairs of networks in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from verifier.model.recipe import Recipe
from verifier.statements import DEFAULT, STATISTICAL
from verifier.statements.agreement.transfer import Transfer, scatter_rate
from verifier.statements.limits.flips import Flips
from verifier.trial.subject import Subject

R6x = STATISTICAL["R6x"]


def problem(d: int = 3, N: int = 4) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    g = torch.Generator(device="cpu").manual_seed(3)
    X = torch.randn(N, d, generator=g, dtype=torch.float64)
    z = torch.randn(1, d, generator=g, dtype=torch.float64)
    return X, torch.tensor([1.0, -1.0] * (N // 2), dtype=torch.float64), z


@pytest.mark.parametrize(("slope", "beta"), [(0.0, 1.0), (0.3, 0.0)])
def test_the_scatter_is_r3c_s(slope: float, beta: float) -> None:
    X, y, z = problem()
    generator = torch.Generator(device="cpu").manual_seed(1)
    rates = torch.cat(
        [scatter_rate(z.expand(50, -1), X, y, slope, beta, generator) for _ in range(40)]
    )
    flips = Flips.of(X, y, z, Recipe((1.0,), slope=slope, train_bias=bool(beta)))
    # neurons at z's kink: by hand, along an orthonormal basis of the plane
    unit = np.append(z[0].numpy() / 3**0.5, 1.0)
    basis = np.linalg.svd(unit[None])[2][1:]
    lifted = np.random.default_rng(2).standard_normal((200_000, 3)) @ basis
    w, b = lifted[:, :3] / 3**0.5, lifted[:, 3]
    patterns = np.where(w @ flips.X.numpy().T + b[:, None] >= 0, 1.0, slope)
    at = torch.zeros(len(w), dtype=torch.int64)
    q = flips.drifts(at, torch.from_numpy(patterns))[:, 0]
    due = flips.gradient(q, torch.from_numpy((w**2).sum(axis=1)))
    error = float(rates.std()) / len(rates) ** 0.5 + float(due.std()) / len(due) ** 0.5
    assert float(rates.mean()) == pytest.approx(float(due.mean()), abs=5 * error)
    assert 5 * error < 0.05 * float(due.mean())


def gradients(runs: int, m: int, T: float, seed: int) -> np.ndarray:
    """`nabla f_T(z)` after two steps, each network on its own; slope .3, biases trained."""
    X, y, z = (t.numpy() for t in problem())
    random = np.random.default_rng(seed)
    d = X.shape[1]
    W = random.standard_normal((runs, m, d)) / d**0.5
    b, a = random.standard_normal((2, runs, m))
    for _ in range(2):
        active = np.where(W @ X.T + b[..., None] >= 0, 1.0, 0.3)
        push = a[..., None] * active * y * (T / 2) / (len(y) * m**0.5)
        W, b = W + push @ X, b + push.sum(axis=-1)
    active = np.where(W @ z[0] + b >= 0, 1.0, 0.3)
    found: np.ndarray = ((a * active)[..., None] * W).sum(axis=1) / m**0.5
    return found


def test_the_inner_product_and_the_length_are_those_of_networks() -> None:
    X, y, z = problem()
    T, U, m, runs = 2.0, 3.0, 400, 2000
    generator = torch.Generator(device="cpu").manual_seed(0)
    theory = Transfer.at(z.expand(200, -1), X, y, 0.3, 1.0, generator)
    f, g = gradients(runs, m, T, 1), gradients(runs, m, U, 2)
    inner = (f * g).sum(axis=1)
    error = inner.std() / runs**0.5
    due = float(theory.product(T, U)[0])
    assert inner.mean() == pytest.approx(due, abs=5 * error + 2 * due / m)
    square = (f**2).sum(axis=1)
    claimed = float(theory.length(T, m).square().mean())
    error = square.std() / runs**0.5
    assert square.mean() == pytest.approx(claimed, abs=5 * error + 2 * claimed / m)
    assert error < 0.02 * claimed


def test_a_cosine_by_hand() -> None:
    one = torch.ones(1, dtype=torch.float64)
    found = Transfer(4 * one, 6 * one, 0.0).cosine((1.0, 9), (2.0, 16))
    first, second = 4 + 0.5 + 6 / 3, 16 + 0.5 + 12 / 4
    assert float(found) == pytest.approx(8 / (first * second) ** 0.5, rel=1e-12)


def test_a_few_runs_hold_and_show_nothing() -> None:
    (whole,) = R6x.experiments[DEFAULT]
    few = type(whole)(whole.name, whole.configurations, 3)
    found = R6x.check(few, 1e-6, Subject())
    assert found.holds
    assert len(found.tests) == 5
    assert all(t["detects"] is None or t["detects"] > t["wanted"] for t in found.tests)
