"""Where no draw may be rejected, none is; and a rejection there is an error, not an excuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import InputError, NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.evidence.record import Record
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters, preactivation
from verifier.model.training import train
from verifier.report.verdicts import ERROR, rows
from verifier.statements import ANY, PATHWISE
from verifier.suite.ending import Excused
from verifier.suite.ladder import LADDER, Rung
from verifier.suite.run import Suite
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.kink_free import longest, with_clear_biases
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

CLEAR = [rung for rung in LADDER if rung.configuration.kink_free]
EACH = pytest.mark.parametrize("rung", CLEAR, ids=lambda r: r.label)
EXACT = [s for s in PATHWISE.values() if s.inputs == ANY]
PLAIN = Configuration(
    Data("gaussian", 3, 4), 20, 0.3, True, (0.4, 0.8), (0.1,), 0.5, "b", momentum=0.7
)


def paths(
    start: Parameters, X: Tensor, y: Tensor, configuration: Configuration
) -> list[tuple[slice, Tensor]]:
    """`u_i(x_n)` of these neurons i before each step and at the end: large ones come by parts."""
    found: list[tuple[slice, Tensor]] = []
    recipe = configuration.f_recipe

    def observe(j: int, neurons: slice, u: Tensor, *_: object) -> None:
        found.append((neurons, u.clone()))

    end = train(start, X, y, recipe, observe=observe)
    return [*found, (slice(None), preactivation(end.params, X))]


@EACH
@pytest.mark.parametrize("seed", range(3))
def test_every_pattern_stays_as_it_was(rung: Rung, seed: int) -> None:
    start = draw(rung.configuration, Settings(seed))
    for neurons, u in paths(start.f_0, start.X, start.y, rung.configuration):
        b = start.f_0.b[neurons]
        assert (u.abs() >= b.abs() / 2).all()
        assert (u.sign() == b.sign()).all()


@EACH
@pytest.mark.parametrize("seed", [9])
def test_no_network_is_dead(rung: Rung, seed: int) -> None:
    """As drawn at this seed, all biases of some are negative: f was 0, and nothing moved."""
    c = rung.configuration
    start = draw(c, Settings(seed))
    for network, y, recipe in (
        (start.f_0, start.y, c.f_recipe),
        (start.g_0, start.targets, c.g_recipe),
    ):
        end = train(network, start.X, y, recipe).params
        assert (network.b > 0).any()
        assert not torch.equal(end.W, network.W)


def test_signs_are_those_drawn_unless_all_are_negative() -> None:
    """Or else no neuron of a draw without kinks would ever be inactive."""
    start = draw(PLAIN).f_0
    assert {-1.0, 1.0} == set(start.b.sign().tolist())
    found = with_clear_biases(start, 2.0, PLAIN.f_recipe)
    assert torch.equal(found.b.sign(), start.b.sign())
    negative = start._replace(b=-start.b.abs())
    assert bool((with_clear_biases(negative, 2.0, PLAIN.f_recipe).b > 0).all())


def test_without_training_s_share_a_kink_is_reached() -> None:
    """Otherwise the bound on the path would not be needed."""
    long = replace(PLAIN, f_steps=(3e3,) * 4, kink_free=True)
    start = draw(long)
    still = replace(long, f_steps=(0.0,)).f_recipe
    near = with_clear_biases(start.f_0, longest(start.X), still)
    assert not all(
        (u.sign() == near.b[i].sign()).all() for i, u in paths(near, start.X, start.y, long)
    )
    assert all(
        (u.sign() == start.f_0.b[i].sign()).all()
        for i, u in paths(start.f_0, start.X, start.y, long)
    )


def test_the_biases_are_the_stated_ones() -> None:
    start = draw(replace(PLAIN, kink_free=True))
    found = with_clear_biases(start.f_0, 2.0, PLAIN.f_recipe)
    W, b, a = (t.numpy() for t in start.f_0)
    # the gradients of both steps, with the second's own and the first's through the velocity
    time = 0.4 + 0.7 * 0.8 + 0.8
    reach = np.sqrt((W**2).sum(axis=1)) * 2 + np.abs(a) * time * (4 + 1) / np.sqrt(20)
    np.testing.assert_allclose(found.b.numpy(), np.sign(b) * (2 * reach + 1), rtol=1e-14)
    assert longest(torch.tensor([[3.0, 4.0], [1.0, 0.0]])) == 5.0


@EACH
@pytest.mark.parametrize("code", [TorchNN(), NumpyFloat64()])
def test_no_correct_code_is_rejected(rung: Rung, code: Any) -> None:
    trial = Trial(rung.configuration, Subject(code))
    for statement in EXACT:
        if not statement.unavailable(code):
            found = Comparisons()
            statement.compare(trial, found)
            assert found.count > 0
            assert found.worst.get("error", 0.0) < 0.5  # E1b may have no premise


def test_a_rejection_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def excuses(trial: Trial, out: Comparisons) -> None:
        raise NotComparable("a kink")

    record, statement = Record(), replace(PATHWISE["E1"], compare=excuses)
    suite = Suite(record=record)
    assert suite.check(statement, PLAIN) is None
    with pytest.raises(Excused, match=r"^E1: a draw without kinks was rejected as not comparable"):
        suite.check(statement, replace(PLAIN, kink_free=True))
    assert next(row for row in rows(record) if row.id == "E1").verdict == ERROR


def test_e0_does_not_excuse_itself_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: Any) -> None:
        raise NotComparable("a kink")

    monkeypatch.setattr("verifier.trial.trial.replay", never)
    assert PATHWISE["E0"].check(PLAIN).notes["whole runs not comparable, single steps checked"]
    with pytest.raises(NotComparable):
        PATHWISE["E0"].check(replace(PLAIN, kink_free=True))


@pytest.mark.parametrize(
    "changes", [{"loss": "exponential"}, {"biases": False, "train_bias": False}]
)
def test_what_has_no_such_biases_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^kink_free = True: needs biases, and a loss among"):
        replace(PLAIN, kink_free=True, **changes)


def test_other_configurations_draw_what_they_drew() -> None:
    assert PLAIN.seed(0) != replace(PLAIN, kink_free=True).seed(0)
    described = PLAIN.to_json()
    del described["kink_free"]
    assert Configuration.from_json(described) == PLAIN
