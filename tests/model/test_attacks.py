"""Attacks in any norm, along any number of entries, against plain NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.bad_input import INF, NAN, P, X, Y, refused
from verifier.model.attack import L2, Attack, perturb, perturb_by, perturb_in_steps
from verifier.model.network import Parameters, input_gradient
from verifier.trial.configuration import Configuration

NAMES = ("L2", "Linf", "L1", "L1.5", "L3", "L2, 2 pixels", "Linf, 1 pixel", "L4, 3 pixels")
EACH = pytest.mark.parametrize("name", NAMES)
Array = NDArray[np.float64]


def gradients(seed: int = 1, count: int = 6, d: int = 5) -> Tensor:
    g = torch.Generator("cpu").manual_seed(seed)
    return torch.randn(count, d, generator=g, dtype=torch.float64, device="cpu")


def plain_psi(g: Array, p: float, k: int) -> Array:
    """The maximiser from Hoelder's case of equality, entry by entry."""
    kept = sorted(range(len(g)), key=lambda j: (-abs(g[j]), j))[: 1 if p == 1 else k]
    size = [abs(g[j]) ** (1 / (p - 1)) if 1 < p < math.inf else 1.0 for j in kept]
    total = max(size) if p == math.inf else sum(s**p for s in size) ** (1 / p)
    r = np.zeros(len(g))
    for j, s in zip(kept, size, strict=True):
        r[j] = math.copysign(s / total, g[j])
    return r


@EACH
def test_psi_is_holder_s_case_of_equality(name: str) -> None:
    attack = Attack.named(name)
    for g in gradients():
        wanted = plain_psi(g.numpy(), attack.norm, attack.pixels or len(g))
        np.testing.assert_allclose(attack.direction(g[None])[0].numpy(), wanted, atol=1e-15)


@EACH
def test_nothing_of_the_same_length_goes_further(name: str) -> None:
    attack, random = Attack.named(name), np.random.default_rng(3)
    for g in gradients():
        psi = attack.direction(g[None])[0].numpy()
        assert np.linalg.norm(psi, attack.norm) == pytest.approx(1, rel=1e-14)
        most = float(g.numpy() @ psi)
        for _ in range(300):
            others = random.standard_normal(len(g)) ** 3
            others[random.permutation(len(g))[attack.pixels or len(g) :]] = 0
            assert g.numpy() @ others <= most * np.linalg.norm(others, attack.norm) * (1 + 1e-14)


@EACH
@pytest.mark.parametrize("factor", [1e-200, 3.0, 1e200])
def test_psi_is_odd_and_blind_to_length(name: str, factor: float) -> None:
    attack, g = Attack.named(name), gradients()
    psi = attack.direction(g)
    assert torch.equal(attack.direction(-g), -psi)
    torch.testing.assert_close(attack.direction(factor * g), psi, rtol=1e-14, atol=1e-15)
    assert torch.equal(attack.direction(0 * g), 0 * g)


def test_of_equal_entries_the_first_moves() -> None:
    g = torch.tensor([[1.0, -2.0, 2.0, 2.0]], device="cpu")
    for name in ("L1", "Linf, 1 pixel", "L2, 1 pixel"):
        for sign in (1, -1):
            moved = Attack.named(name).direction(sign * g)
            assert moved.tolist() == [[0.0, -sign, 0.0, 0.0]]


def test_the_paper_s_attack_is_one_of_them() -> None:
    assert torch.equal(perturb(P, X, Y, 0.5, 0.3), perturb_by(P, X, Y, 0.5, 0.3, L2))
    assert L2 == Attack.named("L2") == Attack.named("L2.0")


@EACH
def test_steps_are_the_loop_they_say(name: str) -> None:
    attack, eps, steps = Attack.named(name), 0.5, (0.2, 0.3, 0.4)
    found = perturb_in_steps(P, X, Y, eps, 0.3, attack, steps).numpy()
    W, b, a = (t.numpy() for t in P)
    for x, target, wanted in zip(X.numpy(), Y.numpy(), found, strict=True):
        r = np.zeros_like(x)
        for step in steps:
            u = W @ (x + r) + b
            gradient = (a * np.where(u >= 0, 1, 0.3)) @ W / math.sqrt(len(a))
            r = r + step * target * plain_psi(gradient, attack.norm, attack.pixels or len(x))
            r = r / max(1.0, np.linalg.norm(r, attack.norm) / eps)
        np.testing.assert_allclose(wanted, r, atol=1e-14)


@EACH
def test_a_name_says_it_all(name: str) -> None:
    attack = Attack.named(name)
    assert attack.name == name
    assert Attack.named(attack.name) == attack
    assert Attack(attack.norm, attack.pixels) == attack


@pytest.mark.parametrize("name", ["", "2", "L", "L-1", "Lnan", "L2 pixels", "L2, 3", 2, None])
def test_what_is_no_attack_is_refused(name: Any) -> None:
    refused(lambda: Attack.named(name), "attack", repr(name), "must be L and a number")


@pytest.mark.parametrize("norm", [0.5, 0.0, -INF, NAN])
def test_norms_are_at_least_one(norm: float) -> None:
    refused(lambda: Attack(norm), "norm", str(norm), "must be at least 1, or inf")


def test_pixels_are_counted() -> None:
    refused(lambda: Attack(2.0, 0), "pixels", "0", "must be at least 1")


def test_bad_steps_and_attacks_are_refused() -> None:
    for wrong in (NAN, INF, -0.1):
        steps = (0.1, wrong)
        refused(
            lambda steps=steps: perturb_in_steps(P, X, Y, 0.5, 0.3, L2, steps),
            "steps",
            str(wrong),
            "finite and non-negative",
        )
    wrong_attack: Any = "L2"
    refused(lambda: perturb_by(P, X, Y, 0.5, 0.3, wrong_attack), "attack", "str", "an Attack")
    refused(lambda: perturb_by(P, X, Y, -1.0, 0.3, L2), "eps", "-1.0", "non-negative")


def test_a_configuration_has_one_name_for_each_attack() -> None:
    from tests.bad_input import configuration

    plain: Configuration = configuration()
    assert configuration(attack="L2.0").seed(0) == plain.seed(0)
    assert configuration(attack="Linf").seed(0) != plain.seed(0)
    refused(lambda: configuration(attack="L0.5"), "norm", "0.5", "at least 1")


def test_a_gradient_that_vanishes_gives_no_perturbation() -> None:
    dead = Parameters(0 * P.W, 0 * P.b - 1, P.a)
    assert not input_gradient(dead, X, 0.0).any()
    for name in NAMES:
        assert not perturb_by(dead, X, Y, 0.5, 0.0, Attack.named(name)).any()
        assert not perturb_in_steps(dead, X, Y, 0.5, 0.0, Attack.named(name), (0.3, 0.4)).any()
