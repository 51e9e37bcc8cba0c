"""E8: psi by its dual norm, what rounding may do to it, and causes that are named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.bad_input import refused
from verifier.data.distributions import Data
from verifier.implementations.published import Published
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.attack import Attack
from verifier.model.network import Parameters, input_gradient
from verifier.model.vectors import row_norms
from verifier.statements import PATHWISE
from verifier.statements.beyond.broken_attacks import Clamped, EuclideanLength, Stabilised
from verifier.statements.beyond.formulas import AttackedDecomposition, dual_norm, steepest
from verifier.statements.beyond.margins import psi_error
from verifier.statements.identities.formulas import decomposition
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

E4, E8 = PATHWISE["E4"], PATHWISE["E8"]
NAMES = ("L2", "Linf", "L1", "L1.25", "L1.5", "L3", "L4", "L2, 2 pixels", "Linf, 3 pixels")
EACH = pytest.mark.parametrize("name", NAMES)
PLAIN = Configuration(
    Data("gaussian", 6, 9), 40, 0.3, True, (0.5, 0.2), (0.4,), 0.5, "b", attack="Linf"
)


def normal(seed: int, *shape: int) -> Tensor:
    g = torch.Generator("cpu").manual_seed(seed)
    return torch.randn(*shape, generator=g, dtype=torch.float64, device="cpu")


@EACH
def test_psi_attains_the_dual_norm(name: str) -> None:
    attack, g = Attack.named(name), normal(1, 50, 6)
    psi = steepest(g, attack)
    torch.testing.assert_close((g * psi).sum(dim=1), dual_norm(g, attack))
    lengths = np.linalg.norm(psi.numpy(), attack.norm, axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-13)
    assert int((psi != 0).sum(dim=1).max()) <= (1 if attack.norm == 1 else attack.pixels or 6)
    torch.testing.assert_close(psi, attack.direction(g))
    for size in (0.0, 1e-40, 1e40):  # psi of a gradient of any length
        torch.testing.assert_close(steepest(size * g, attack), psi if size else 0 * psi)


@EACH
@pytest.mark.parametrize("size", [1e-12, 1e-3, 0.3])
def test_no_error_of_a_gradient_moves_psi_further(name: str, size: float) -> None:
    """Random errors, and those along which psi moves fastest: one entry at a time."""
    attack, g = Attack.named(name), normal(2, 200, 6) ** 3
    delta = torch.full((200,), size, dtype=torch.float64, device="cpu")
    bound = psi_error(g, attack, delta, 1e-15)
    psi, largest = steepest(g, attack), torch.zeros_like(g)
    errors = [torch.nn.functional.normalize(normal(k, 200, 6), dim=1) for k in range(3, 20)]
    errors += [side * e.expand(200, 6) for e in torch.eye(6).double() for side in (1, -1)]
    for e in errors:
        largest = torch.maximum(largest, (steepest(g + size * e, attack) - psi).abs())
    assert bool((largest <= bound).all())
    assert bool((bound < 1).any())
    smooth = 1 < attack.norm < torch.inf and size < 1e-2
    moved = (largest > 10 * 1e-15) & (bound < 1)
    if smooth:  # and it is no more than a few times too large where psi is smooth
        assert float((largest / bound)[moved].max()) > 0.2


def test_equal_entries_and_entries_near_zero_are_excused() -> None:
    g = torch.tensor([[1.0, 1.0 + 1e-9, 0.5], [1.0, 0.2, 1e-9]], dtype=torch.float64)
    delta = torch.full((2,), 1e-8, dtype=torch.float64, device="cpu")
    assert psi_error(g, Attack(torch.inf), delta, 0.0).tolist() == [[0, 0, 0], [0, 0, 2]]
    assert psi_error(g, Attack(torch.inf, 1), delta, 0.0).tolist() == [[2, 2, 2], [0, 0, 0]]
    assert psi_error(g, Attack(1.0), delta, 0.0).tolist() == [[2, 2, 2], [0, 0, 0]]
    assert psi_error(0 * g, Attack(), delta, 0.0).tolist() == [[2, 2, 2]] * 2


@EACH
@pytest.mark.parametrize("scenario", ["a", "b"])
def test_what_g_learns_is_e2_of_its_own_samples(name: str, scenario: str) -> None:
    """The formula against g's trained weights, which it never sees."""
    c = replace(PLAIN, attack=name, scenario=scenario)
    trial = Trial(c)
    f, g = decomposition(trial, trial.f), decomposition(trial, trial.g)
    start = trial.draw
    theory = AttackedDecomposition(f, g, trial.natural, start.targets, c.eps, c.attack_by)
    W, b, a = trial.g.trained
    u = start.z @ W.T + b
    trained = torch.where(u >= 0, u, c.slope * u) @ a / c.width**0.5
    torch.testing.assert_close(theory.output(start.z), trained, rtol=1e-12, atol=1e-13)


@EACH
def test_another_code_s_attacks_pass(name: str) -> None:
    found = E8.check(replace(PLAIN, attack=name), Subject(TorchNN()))
    assert found.holds
    assert found.held == found.comparisons


def test_a_code_without_it_loses_nothing() -> None:
    assert set(E8.unavailable(Published())) == {"perturb_by"}
    assert not E4.unavailable(Published())


@pytest.mark.parametrize("name", ["E4", "E5"])
def test_statements_about_the_paper_s_attack_refuse_others(name: str) -> None:
    refused(lambda: PATHWISE[name].check(PLAIN), "attack", "'Linf'", f"must be 'L2' for {name}")


def test_a_rule_for_the_l2_length() -> None:
    """What enters the kernel of g_hat is the Euclidean length: sqrt d eps under L-infinity."""
    trial = Trial(PLAIN)
    expected = torch.full_like(trial.r[:, 0], 6**0.5 * PLAIN.eps)
    torch.testing.assert_close(row_norms(trial.r), expected)


# Causes


def test_a_stabilised_denominator_is_named() -> None:
    c = replace(PLAIN, attack="L2")
    found = E8.check(c, Subject(Stabilised()))
    assert not found.holds
    assert found.conclusion.endswith("divided by |nabla f| + 1e-10: the likely cause")


def test_e4_names_it_too() -> None:
    class Plain(Reference):
        def perturb(
            self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
        ) -> Tensor:
            g = targets[:, None] * input_gradient(params, X, slope)
            return eps * g / (torch.linalg.vector_norm(g, dim=1, keepdim=True) + 1e-6)

    found = E4.check(replace(PLAIN, attack="L2"), Subject(Plain()))
    assert not found.holds
    assert found.conclusion.endswith("divided by |nabla f| + 1e-06: the likely cause")


def test_clamping_is_named_with_its_size() -> None:
    found = E8.check(replace(PLAIN, attack="L2", eps=3.0), Subject(Clamped()))
    assert not found.holds
    assert "clamped to [" in found.conclusion
    assert found.conclusion.endswith("% of a perturbation: the likely cause")


def test_other_faults_are_not_given_these_causes() -> None:
    class Short(Reference):
        def perturb_by(
            self,
            params: Parameters,
            X: Tensor,
            targets: Tensor,
            eps: float,
            slope: float,
            attack: Attack,
        ) -> Tensor:
            return 0.9 * super().perturb_by(params, X, targets, eps, slope, attack)

    for code in (Short(), EuclideanLength()):
        for name in ("L2", "Linf"):
            found = E8.check(replace(PLAIN, attack=name), Subject(code))
            assert "likely cause" not in found.conclusion


@pytest.mark.parametrize("name", ["L2", "Linf"])
def test_what_clamping_takes_from_the_learning(name: str) -> None:
    """g's outputs leave E8 by at most `sum_n C_n |o_n| |z|`, o_n what was cut off; and do leave."""
    c = replace(PLAIN, attack=name, eps=1.0)
    whole, cut = Trial(c), Trial(c, Subject(Clamped()))
    cut.__dict__["r"] = Clamped().perturb_by(
        cut.f.trained, cut.draw.X, cut.draw.targets, c.eps, c.slope, c.attack_by
    )
    o = row_norms(whole.r - cut.r)
    assert float(o.max()) > 0
    f, g = decomposition(cut, cut.f), decomposition(cut, cut.g)
    start = cut.draw
    theory = AttackedDecomposition(f, g, cut.natural, start.targets, c.eps, c.attack_by)
    missed = (cut.output(cut.g, start.z) - theory.output(start.z)).abs()
    bound = g.coefficients(start.z) @ o * row_norms(start.z)
    assert bool((missed <= bound).all())
    assert bool((missed > 1e-6).any())
