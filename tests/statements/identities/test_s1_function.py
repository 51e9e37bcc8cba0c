"""S1: correct codes keep every relation, and each broken one breaks its own and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.evidence.comparisons import Comparisons
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters, activation_pattern, preactivation
from verifier.model.training import train
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.identities.relations import spread_points, strided
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

S1 = PATHWISE["S1"]
PLAIN = Configuration(
    Data("shifted", 3, 5, scale=0.4, separation=1.0),
    7,
    0.2,
    True,
    (0.4, 0.3, 0.2),
    (0.3,),
    0.5,
    "a",
    loss="logistic",
    kink_free=True,
)
CONFIGURATIONS = [
    PLAIN,
    replace(PLAIN, dtype="float32", width=150),
    replace(PLAIN, loss="identity", momentum=0.6, slope=0.0),
    replace(PLAIN, data=Data("gaussian", 1, 1, scale=0.2), width=1, train_bias=False),
]
BREAKS = {
    "restless": {"the same call again: output", "after other calls: output"},
    "remembering": {"after other calls: train, W"},
    "labels-forgotten": {"train, a label turned"},
    "writes-networks": {"output leaves its arguments"},
    "trains-in-place": {"train leaves its arguments"},
    "centred": {"output by parts", "output of expanded views"},
    "longest-gradient": {"perturb by parts", "perturb of expanded views"},
    "first-point": {
        "input_gradient by parts",
        "input_gradient, points permuted",
        "input_gradient of expanded views",
    },
    "later-samples": {"train, samples permuted", "train, samples doubled"},
    "doubled-samples": {"train, samples doubled"},
    "later-neurons": {"train, neurons permuted"},
    "first-coordinate": {"train, coordinates permuted"},
    "warming-up": {"train, a run in two parts"},
    "reads-storage": {"output of strided views", "output of expanded views"},
    "expanded-once": {"output of expanded views"},
    "slope-forgotten": {"output of two ReLU networks"},
    "length-forgotten": {"perturb, twice as long"},
    "lopsided-kernel": {"kernel, symmetric"},
}


class Broken(Comparisons):
    """Remembers the names of all comparisons, and of those that fail."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()
        self.names: set[str] = set()

    def identity(self, conclusion: str, lhs: Tensor, rhs: Tensor, bound: Tensor) -> None:
        self.asked.add(conclusion)
        alone = Comparisons()
        alone.identity(conclusion, lhs, rhs, bound)
        if alone.worst.get("error", 0.0) > 1:
            self.names.add(conclusion.removesuffix(": W").removesuffix(": b"))
        super().identity(conclusion, lhs, rhs, bound)

    def same_sign(self, conclusion: str, lhs: Tensor, rhs: Tensor, premise: Tensor) -> None:
        self.asked.add(conclusion)
        if bool((premise & (lhs.sign() != rhs.sign())).any()):
            self.names.add(conclusion)
        super().same_sign(conclusion, lhs, rhs, premise)


@pytest.mark.parametrize("code", [Reference(), TorchNN(), NumpyFloat64()])
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_correct_codes_pass(code: Any, configuration: Configuration) -> None:
    found = S1.check(configuration, Subject(code))
    assert found.error < 0.5, found


@pytest.mark.parametrize("control", REGISTRY.controls_of("S1"), ids=lambda c: c.name)
def test_each_control_breaks_its_own_relations(control: Any) -> None:
    out = Broken()
    S1.compare(Trial(PLAIN, Subject(control.implementation())), out)
    assert out.names == BREAKS[control.name]


RELATIONS = (
    "the same call again",
    "after other calls",
    "by parts",
    "in two parts",
    "points permuted",
    "samples permuted",
    "samples doubled",
    "a label turned",
    "neurons permuted",
    "coordinates permuted",
    "strided views",
    "expanded views",
    "two ReLU networks",
    "twice as long",
    "symmetric",
    "leaves its arguments",
)


def test_every_relation_has_a_control() -> None:
    out = Broken()
    S1.compare(Trial(PLAIN, Subject()), out)
    assert {way for way in RELATIONS for name in out.asked if way in name} == set(RELATIONS)
    assert all(any(way in name for way in RELATIONS) for name in out.asked)
    broken = [name for names in BREAKS.values() for name in names]
    assert all(any(way in name for name in broken) for way in RELATIONS)


def descent(W: Any, b: Any, a: Any, X: Any, y: Any, steps: tuple[float, ...]) -> Any:
    """Gradient descent under the identity loss, sample by sample and neuron by neuron."""
    W, b = W.copy(), b.copy()
    for eta in steps:
        move_W, move_b = np.zeros_like(W), np.zeros_like(b)
        for x, label in zip(X, y, strict=True):
            for i, (w, bias) in enumerate(zip(W, b, strict=True)):
                active = 1.0 if w @ x + bias >= 0 else 0.2
                pull = eta * label * a[i] * active / (len(X) * np.sqrt(len(a)))
                move_W[i] += pull * x
                move_b[i] += pull
        W, b = W + move_W, b + move_b
    return W, b


def test_the_relations_of_training_by_brute_force() -> None:
    chance = np.random.default_rng(0)
    W, b, a = chance.normal(size=(4, 3)), chance.normal(size=4), chance.normal(size=4)
    X, y = chance.normal(size=(5, 3)), np.array([1.0, -1, 1, 1, -1])
    found = descent(W, b, a, X, y, (0.5, 0.2))
    order, axes, neurons = chance.permutation(5), chance.permutation(3), chance.permutation(4)
    shuffled = descent(W, b, a, X[order], y[order], (0.5, 0.2))
    doubled = descent(W, b, a, np.tile(X, (2, 1)), np.tile(y, 2), (0.5, 0.2))
    halfway = descent(W, b, a, X, y, (0.5,))
    parts = descent(*halfway, a, X, y, (0.2,))
    for other in (shuffled, doubled, parts):
        np.testing.assert_allclose(other[0], found[0], atol=1e-13)
        np.testing.assert_allclose(other[1], found[1], atol=1e-13)
    turned = descent(W[:, axes], b, a, X[:, axes], y, (0.5, 0.2))
    np.testing.assert_allclose(turned[0], found[0][:, axes], atol=1e-13)
    mixed = descent(W[neurons], b[neurons], a[neurons], X, y, (0.5, 0.2))
    np.testing.assert_allclose(mixed[0], found[0][neurons], atol=1e-13)


def test_a_run_with_momentum_cannot_be_split() -> None:
    """So that the premise of that relation is one."""
    start, recipe = draw(PLAIN), replace(PLAIN, momentum=0.5).f_recipe
    whole = train(start.f_0, start.X, start.y, recipe).params
    first = train(start.f_0, start.X, start.y, recipe.prefix(1)).params
    rest = replace(recipe, steps=recipe.steps[1:])
    assert not torch.allclose(train(first, start.X, start.y, rest).params.W, whole.W)


def test_strided_views_are_equal_and_laid_out_otherwise() -> None:
    t = torch.arange(12.0, dtype=torch.float64).reshape(4, 3)
    view = strided(t)
    assert torch.equal(view, t)
    assert not view.is_contiguous()
    assert not view.mT.is_contiguous()
    params = Parameters(t, t[:, 0], t[:, 1])
    assert all(torch.equal(s, p) for s, p in zip(strided(params), params, strict=True))
    assert strided(0.5) == 0.5


def test_points_are_spread_to_where_patterns_differ() -> None:
    trial = Trial(replace(PLAIN, width=60))
    start = trial.draw.f_0
    patterns = activation_pattern(preactivation(start, spread_points(trial)), 0.2)
    assert len(torch.unique(patterns, dim=0)) > 2
    assert (
        len(torch.unique(activation_pattern(preactivation(start, trial.points), 0.2), dim=0)) == 1
    )
