"""How far a change reaches, against closed forms; E6 notices bounds that reach too far."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.statements.depth import settings
from tests.statements.depth.settings import E6
from verifier.model.deep import DeepRecipe
from verifier.statements.depth import e6_span
from verifier.statements.depth.formulas import Influence
from verifier.statements.depth.reach import reached

BATCHES = torch.zeros(3, 1, dtype=torch.int64, device="cpu")
PLAIN = DeepRecipe((0.1, 0.2, 0.4), BATCHES, momentum=0.5)


def test_without_decay_a_gradient_reaches_as_far_as_momentum_carries_it() -> None:
    # omega_0 = 0.1 + 0.5 (0.2 + 0.5 0.4)
    assert reached(PLAIN, 0, "gradient") == pytest.approx(-0.3, rel=1e-14)
    assert reached(PLAIN, 2, "velocity") == pytest.approx(-0.4, rel=1e-14)
    assert reached(PLAIN, 1, "direction") == pytest.approx(-0.2, rel=1e-14)
    assert reached(PLAIN, 1, "weights") == 1.0


def test_decay_multiplies_what_has_reached_the_weights() -> None:
    decayed = replace(PLAIN, momentum=0.0, weight_decay=0.5)
    assert reached(decayed, 0, "weights") == pytest.approx(0.9 * 0.8, rel=1e-14)
    decoupled = replace(decayed, decoupled=True)
    assert reached(decoupled, 0, "direction") == pytest.approx(-0.1 * 0.9 * 0.8, rel=1e-14)


def test_bounds_that_reach_too_far_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class TooFar(Influence):
        @classmethod
        def of(cls, recipe: DeepRecipe) -> Influence:  # type: ignore[override]
            found = Influence.of(recipe)
            return found._replace(velocity=tuple(2 * v for v in found.velocity))

    c = settings.plain()
    assert E6.check(c).holds
    monkeypatch.setattr(e6_span, "Influence", TooFar)
    assert not E6.check(c).holds
