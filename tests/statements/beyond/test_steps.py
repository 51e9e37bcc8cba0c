"""E8p and E8c: what projected gradient steps can do, by enumeration and by the steps themselves."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.attack import Attack, perturb_by, perturb_in_steps
from verifier.model.network import Parameters, initialise, input_gradient
from verifier.model.vectors import angles, row_norms
from verifier.statements import PATHWISE
from verifier.statements.beyond.broken_attacks import InSteps, OneStep
from verifier.statements.beyond.formulas import Steps
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

E8p, E8c = PATHWISE["E8p"], PATHWISE["E8c"]
CPU64 = {"dtype": torch.float64, "device": "cpu"}
PLAIN = Configuration(
    Data("gaussian", 6, 9), 40, 0.3, True, (0.5, 0.2), (0.4,), 0.01, "b", attack="Linf"
)


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator("cpu").manual_seed(seed), **CPU64)


def network(seed: int, width: int, d: int) -> Parameters:
    return initialise(width, d, generator=torch.Generator("cpu").manual_seed(seed), **CPU64)


def steps(f: Parameters, slope: float, name: str, eps: float) -> Steps:
    return Steps(f, slope, Attack.named(name), eps, torch.zeros((), **CPU64))


@pytest.mark.parametrize("name", ["L2", "Linf", "L1", "L3", "L2, 2 pixels", "Linf, 1 pixel"])
def test_reach_is_the_most_that_a_perturbation_moves_a_preactivation(name: str) -> None:
    f, random = network(1, 5, 4), np.random.default_rng(1)
    attack, best = Attack.named(name), np.zeros(5)
    for _ in range(40000):
        r = random.standard_normal(4) * random.choice([0, 1, 1, 1], 4)
        if name == "Linf":
            r = np.sign(r)
        r[random.permutation(4)[1 if attack.norm == 1 else attack.pixels or 4 :]] = 0
        if r.any():
            best = np.maximum(best, f.W.numpy() @ r / np.linalg.norm(r, attack.norm))
    reach = steps(f, 0.3, name, 1.0).reach().numpy()
    assert (best <= reach * (1 + 1e-12)).all()
    assert (best >= 0.98 * reach).all()


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_no_change_of_patterns_moves_the_gradient_further(slope: float) -> None:
    """Every vertex of the patterns that may change; R is attained for one neuron."""
    attained = 0.0
    for seed in range(30):
        f, z = network(seed, 9, 4), normal(seed + 100, 3, 4)
        theory = steps(f, slope, "L2", 0.4)
        near, R, entries = theory.may_change(z), theory.change(z), theory.change_of_entries(z)
        for row, most, each in zip(near, R, entries, strict=True):
            chosen = torch.nonzero(row).flatten().tolist()
            for sides in itertools.product((-1.0, 0.0, 1.0), repeat=len(chosen)):
                e = sum(
                    (
                        s * (1 - slope) * f.a[i] * f.W[i] / 3.0
                        for s, i in zip(sides, chosen, strict=True)
                    ),
                    torch.zeros(4, **CPU64),
                )
                assert float(torch.linalg.vector_norm(e)) <= float(most) * (1 + 1e-12)
                assert bool((e.abs() <= each * (1 + 1e-12)).all())
                if most > 0:
                    attained = max(attained, float(torch.linalg.vector_norm(e) / most))
    assert attained == pytest.approx(1)


def test_the_better_of_two_bounds_is_taken() -> None:
    """Parallel weights and equal readouts: both are equal; orthogonal ones: the second is less.

    The first is less where one of them is far shorter.
    """
    ones = torch.ones(4, **CPU64)
    alike = Parameters(ones.expand(4, 4) / 2, 0 * ones, ones)
    apart = Parameters(torch.eye(4, **CPU64), 0 * ones, ones)
    z = torch.zeros(1, 4, **CPU64)
    assert steps(alike, 0.0, "L2", 1.0).change(z).tolist() == pytest.approx([2.0])
    assert steps(apart, 0.0, "L2", 1.0).change(z).tolist() == pytest.approx([1.0])
    uneven = apart._replace(W=torch.diag(torch.tensor([1.0, 0.01, 0.01, 0.01], **CPU64)))
    assert steps(uneven, 0.0, "L2", 1.0).change(z).tolist() == pytest.approx([0.515])
    assert steps(apart, 0.25, "L2", 1.0).change(z).tolist() == pytest.approx([0.75])
    assert steps(apart, 1.0, "L2", 1.0).change(z).tolist() == [0.0]
    assert steps(apart._replace(a=0 * ones), 0.0, "L2", 1.0).change(z).tolist() == [0.0]


@pytest.mark.parametrize("name", ["L2", "Linf", "L1", "L3", "Linf, 2 pixels"])
def test_without_a_change_of_patterns_steps_are_one_step(name: str) -> None:
    f, X = network(3, 30, 5), normal(4, 40, 5)
    y, eps, attack = normal(5, 40).sign(), 0.01, Attack.named(name)
    theory = steps(f, 0.2, name, eps)
    clear = ~theory.may_change(X).any(dim=1)
    assert 0.2 < float(clear.double().mean()) < 1
    for lengths in ((0.003,) * 5, (0.001, 0.005), (0.02, 0.001)):
        r = perturb_in_steps(f, X, y, eps, 0.2, attack, lengths)
        one = perturb_by(f, X, y, min(eps, math.fsum(lengths)), 0.2, attack)
        assert float((r - one)[clear].abs().max()) < 1e-16
    longer = perturb_in_steps(f, X, y, 0.3, 0.2, attack, (0.1,) * 5)
    assert float((longer - perturb_by(f, X, y, 0.3, 0.2, attack)).abs().max()) > 0.01


def test_the_cone_holds_where_patterns_change_and_is_nearly_attained() -> None:
    largest = 0.0
    for seed in range(60):
        f, X = network(seed, 40, 12), normal(seed + 200, 10, 12)
        theory = steps(f, 0.0, "L2", 0.05)
        g = input_gradient(f, X, 0.0)
        R = theory.change(X)
        holds = (row_norms(g) > R) & (R > 0)
        r = perturb_in_steps(f, X, torch.ones(10, **CPU64), 0.05, 0.0, Attack(), (0.002,) * 100)
        ratio = angles(r, g)[holds] / theory.angle(R, row_norms(g))[holds]
        largest = max(largest, *ratio.tolist())
    assert 0.7 < largest <= 1


def test_euclidean_projection_of_another_norm_leaves_the_direction() -> None:
    """Why the projection is radial, or that of L1, L2 or L-infinity: at 3 the nearest differs."""
    from scipy.optimize import minimize

    psi = np.array([1.0, 0.3])
    psi /= np.linalg.norm(psi, 3)
    found = minimize(
        lambda r: ((r - 2 * psi) ** 2).sum(),
        psi,
        constraints={"type": "ineq", "fun": lambda r: 1 - (np.abs(r) ** 3).sum()},
    ).x
    assert np.linalg.norm(found - psi) > 0.05


def test_a_start_elsewhere_needs_other_words() -> None:
    class Elsewhere(InSteps):
        def start(self, X: Tensor, eps: float) -> Tensor:
            return torch.full_like(X, eps / 10)

    held = E8p.check(PLAIN).held
    assert held
    assert E8p.check(PLAIN, Subject(InSteps())).holds
    assert not E8p.check(PLAIN, Subject(Elsewhere())).holds


@pytest.mark.parametrize("statement", [E8p, E8c], ids=lambda s: s.id)
@pytest.mark.parametrize("name", ["L2", "Linf"])
@pytest.mark.parametrize("code", [TorchNN(), Reference()], ids=lambda c: type(c).__name__)
def test_correct_codes_pass(statement: object, name: str, code: object) -> None:
    found = statement.check(replace(PLAIN, attack=name), Subject(code))  # type: ignore[attr-defined]
    assert found.holds
    assert found.held > 0


def test_what_is_not_offered_is_said() -> None:
    plain = type("Plain", (), {"train": Reference().train})()
    assert E8p.unavailable(plain) == ("perturb_in_steps",)
    assert E8c.unavailable(OneStep()) == ()


def test_at_slope_one_no_pattern_matters() -> None:
    f, z = network(0, 9, 4), normal(100, 3, 4)
    assert steps(f, 0.3, "L2", 4.0).may_change(z).any()
    assert not steps(f, 1.0, "L2", 4.0).may_change(z).any()
