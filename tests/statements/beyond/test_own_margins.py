"""The second source of E8's and E9's bounds on rounding: what it meets, and that it is compared."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from verifier.data.distributions import Data
from verifier.model.attack import Attack
from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.recipe import Recipe
from verifier.statements import PATHWISE
from verifier.statements.beyond import own_margins, own_readout
from verifier.statements.beyond.own_margins import OwnMargins
from verifier.statements.beyond.own_readout import OwnRounding
from verifier.trial.configuration import Configuration

PLAIN = Configuration(
    Data("gaussian", 4, 6), 20, 0.3, True, (0.3, 0.2), (0.2,), 0.5, "b", attack="L4"
)
E8, E9 = PATHWISE["E8"], PATHWISE["E9"]
LOSSES = pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda loss: loss.name)


@pytest.mark.parametrize("attack", ["L1", "L1.25", "L2", "L3, 2 pixels", "L4", "Linf, 3 pixels"])
@pytest.mark.parametrize("name", ["psi_error", "move_error"])
def test_e8_compares_its_bounds(name: str, attack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    c = replace(PLAIN, attack=attack)
    assert E8.check(c).holds
    true: Callable[..., torch.Tensor] = getattr(own_margins, name)
    monkeypatch.setattr(own_margins, name, lambda *given: (1 - 1e-12) * true(*given))
    found = E8.check(c)
    assert not found.holds
    assert found.conclusion == "what rounding may do to an attack"


@pytest.mark.parametrize("train_bias", [True, False])
@pytest.mark.parametrize("loss", ["identity", "logistic", "exponential"])
@pytest.mark.parametrize(
    ("name", "part"),
    [("bias_gradient_error", "the bias's gradient"), ("step_sizes", "a step")],
)
def test_e9_compares_its_bounds(
    name: str, part: str, loss: str, train_bias: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    c = replace(PLAIN, loss=loss, train_bias=train_bias)
    assert E9.check(c).holds
    true = getattr(own_readout, name)

    def less(*given: object) -> object:
        found = true(*given)
        parts = found if isinstance(found, tuple) else (found,)
        smaller = tuple((1 - 1e-12) * each for each in parts)
        return smaller if isinstance(found, tuple) else smaller[0]

    monkeypatch.setattr(own_readout, name, less)
    found = E9.check(c)
    assert not found.holds
    assert found.conclusion == f"what rounding may do to {part}"


@pytest.mark.parametrize("k", range(4))
def test_e9_compares_what_runs_may_be_off(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    true = own_readout.replay_readout

    def less(*given: object) -> object:
        path = true(*given)  # type: ignore[arg-type]
        if k == 3:
            return replace(path, keeps=torch.ones_like(path.keeps))
        error = [(1 - 1e-10 * (i == k)) * e for i, e in enumerate(path.error)]
        return replace(path, error=tuple(error))

    monkeypatch.setattr(own_readout, "replay_readout", less)
    found = E9.check(PLAIN)
    assert not found.holds
    assert found.conclusion == "what rounding may do to a run"


@pytest.mark.parametrize("p", [1.25, 1.5, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("entries", [1, 2, 5])
def test_no_vector_of_a_length_is_longer(p: float, entries: int) -> None:
    longest = OwnMargins(Attack(p)).longest(2.0, entries)
    random = np.random.default_rng(entries).normal(size=(500, entries))
    candidates = np.vstack((random, np.eye(entries), np.ones((1, entries))))
    candidates *= 2 / np.linalg.norm(candidates, axis=1, keepdims=True)
    lengths = np.linalg.norm(candidates, p / (p - 1), axis=1)
    assert lengths.max() == pytest.approx(longest, rel=1e-12)


@pytest.mark.parametrize("name", ["L1.25", "L1.5", "L2", "L3, 2 pixels", "L4"])
def test_no_entry_moves_further_where_a_gradient_does(name: str) -> None:
    """Against Hölder's case of equality, at errors of any direction."""
    attack, random = Attack.named(name), np.random.default_rng(3)
    own, q = OwnMargins(attack), attack.norm / (attack.norm - 1)

    def psi(g: np.ndarray) -> np.ndarray:
        kept = np.where(abs(g) >= np.sort(abs(g))[-own.kept(tuple(g))], g, 0.0)
        raised = np.sign(kept) * abs(kept) ** (q - 1)
        return np.asarray(raised / np.linalg.norm(raised, attack.norm))

    for values, delta in own_margins._GRADIENTS[:-1]:
        bound, g = np.array(own.psi(values, delta, 1e-12)), np.array(values)
        for e in random.normal(size=(300, 4)):
            moved = abs(psi(g + delta * e / np.linalg.norm(e)) - psi(g))
            assert (moved <= bound).all()


def test_gradients_in_doubt_and_not() -> None:
    every = [
        [OwnMargins(Attack(2.0, k)).psi(*each, 0.0) == [2.0] * 4 for k in (1, 2, 3)]
        for each in own_margins._GRADIENTS
    ]
    doubtful = [all(each) for each in every]
    assert doubtful == [False, False, False, True, False, False, True]
    assert every[1] == [True, False, True]
    near = [OwnMargins(Attack(math.inf)).psi(*each, 0.0) for each in own_margins._GRADIENTS]
    assert [max(each) for each in near] == [0, 0, 2, 0, 2, 2, 2]


@LOSSES
def test_steps_meet_kinks_and_readouts_that_turn(loss: Loss) -> None:
    recipe = Recipe((0.5, 0.25, 1.0), loss, 0.25, 0.5)
    own, neurons = OwnRounding(recipe, 0.01), own_readout._neurons()
    near = [[abs(u) <= off for u, off in (own.u(n, x) for x in own_readout._X)] for n in neurons]
    assert sum(map(sum, near)) == 1
    before = [neuron.a for neuron in neurons]
    own.run(neurons)
    turned = [a * neuron.a < 0 for a, neuron in zip(before, neurons, strict=True)]
    assert turned == [False, True, loss.name == "identity", False]
    assert [neuron.keeps for neuron in neurons] == [True, False, False, True]


def test_the_logistic_loss_is_furthest_off_at_either_end() -> None:
    own = OwnRounding(Recipe((1.0,), Logistic()), 0.0)
    for f in (-1.0, 1.0):
        p, error = own.pull(1.0, f, 0.5)
        above, below = (1 / (1 + math.exp(f - shift)) for shift in (0.5, -0.5))
        assert p == pytest.approx(1 / (1 + math.exp(f)), rel=1e-15)
        assert error == pytest.approx(above - p if f > 0 else p - below, rel=1e-12)
        assert error > (p - below if f > 0 else above - p)
