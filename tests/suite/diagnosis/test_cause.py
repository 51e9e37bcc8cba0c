"""A finding names its likely cause: twelve faults of public codes, and none of a right one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.suite.diagnosis.faulty import (
    FAULTS,
    BatchNorm,
    Clamped,
    Column,
    OwnMomentum,
    Plain,
    RateInVelocity,
    Saturated,
    Stabilised,
)
from verifier.evidence.comparisons import Comparisons
from verifier.evidence.evidence import Evidence
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.report.finding import Finding
from verifier.statements import PATHWISE
from verifier.suite.diagnosis.cause import likely_cause
from verifier.suite.ending import Refuted
from verifier.suite.ladder import LADDER
from verifier.suite.run import Suite
from verifier.trial.subject import Subject
from verifier.trial.supports import Supports

EXAMPLES = 25


def searched(code: Any, statement: str) -> tuple[Suite, Refuted]:
    """The suite and the finding, of a search in little."""
    suite = Suite(Subject(code))
    with pytest.raises(Refuted) as raised:
        suite.search(PATHWISE[statement], suite.strategy(PATHWISE[statement]), examples=EXAMPLES)
    return suite, raised.value


@pytest.mark.long
@pytest.mark.parametrize("code", [code for code in FAULTS if code is not Saturated])
def test_the_cause_of_each_of_the_faults_is_named(code: type[Plain]) -> None:
    statement, cause = FAULTS[code]
    suite, refuted = searched(code(), statement)
    assert cause in refuted.finding.cause, refuted
    assert next(iter(refuted.finding.words)) == "likely cause"
    assert suite.record.causes[statement] == refuted.finding.cause
    assert refuted.__context__ is None or refuted.__suppress_context__  # nothing of Hypothesis


@pytest.mark.parametrize(
    ("code", "statement"),
    [(BatchNorm, "S1"), *((c, "E0k") for c in (BatchNorm, Clamped, Stabilised))],
)
def test_a_function_that_is_read_where_it_is_offered_has_a_cause_too(
    code: type[Plain], statement: str
) -> None:
    _, refuted = searched(code(), statement)
    assert FAULTS[code][1] in refuted.finding.cause


def test_a_saturated_loss_is_named_by_the_comparison() -> None:
    """The rung of the ladder that runs so long, in the place of a search."""
    suite = Suite(Subject(Saturated()))
    rung = next(r for r in LADDER if r.label == "ladder: T = 10000, logistic")
    with pytest.raises(Refuted) as raised:
        suite.verify(
            PATHWISE["E4"], rung.configuration, rung.label, rung.start(suite.subject.settings)
        )
    assert FAULTS[Saturated][1] in raised.value.finding.cause
    assert "likely cause" not in raised.value.finding.words["where"]


def some_evidence(statement: str) -> Evidence:
    nothing = {"conclusion": "", "index": (), "lhs": 0.0, "rhs": 1.0, "difference": 1.0}
    rest = {"bound": 0.0, "error": 2.0, "tightness": None, "comparisons": 1, "held": 1}
    return Evidence(statement, {}, "raw", **nothing, **rest)


@pytest.mark.parametrize("statement", ["E0k", "S1"])
def test_a_saturated_loss_is_named_where_no_comparison_does(statement: str) -> None:
    assert FAULTS[Saturated][1] in likely_cause(some_evidence(statement), Subject(Saturated()))


@pytest.mark.parametrize("statement", ["E0", "E0k", "E1", "E2", "E4", "K1", "R1"])
def test_a_right_code_has_no_cause(statement: str) -> None:
    assert likely_cause(some_evidence(statement), Subject(Reference())) == ""
    assert likely_cause(some_evidence(statement), Subject(Plain())) == ""


class Noisy(Plain):
    """Its second call differs."""

    calls = 0

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        self.calls += 1
        W, b, a = super().train(params, X, y, recipe)
        return Parameters(W + 1e-3 * self.calls, b, a)


class Times(Reference):
    """Outputs too large by a power of the width."""

    def __init__(self, power: float) -> None:
        self.power = power

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return super().output(params, z, slope) * params.width**self.power


class Negated(Reference):
    """Outputs with the wrong sign."""

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return -super().output(params, z, slope)


class ScaledFirst(Plain):
    """Gradients whose squares cannot underflow, and a constant in the denominator all the same."""

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        g = targets[:, None] * self.gradient(params, X, slope)
        g = g / g.abs().amax(dim=1, keepdim=True)
        return (eps * g / (g.norm(dim=1, keepdim=True) + 1e-10)).nan_to_num()


class ScaledBatch(Plain):
    """The same scaling, and one norm for all: of one dimension, as if it were clamped."""

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        g = targets[:, None] * self.gradient(params, X, slope)
        g = (g / g.abs().amax(dim=1, keepdim=True)).nan_to_num()
        return eps * g / (g.norm() or 1.0)


class Rates(RateInVelocity):
    """The step size is in the velocity, and in the move by it."""

    push = OwnMomentum.push


class TwiceTheRate(Plain):
    def optimiser(self, trained: list[Tensor], recipe: Recipe) -> Any:
        return Rates(trained, recipe.momentum)


class FirstDropped(Plain):
    def data(self, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return X[1:], y[1:]  # of one sample nothing stays, and nothing is learnt


class Sloped(Plain):
    """The activation has a slope of its own."""

    def __init__(self, slope: float) -> None:
        self.slope = slope

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        return super().train(params, X, y, replace(recipe, slope=self.slope))


@pytest.mark.parametrize(
    ("code", "statement", "cause"),
    [
        (ScaledFirst(), "E4", "divided by |nabla f / its largest entry| + 1e-10"),
        (ScaledBatch(), "E4", "one norm for the whole batch"),
        (TwiceTheRate(), "E0", "the rate is twice there"),
        (FirstDropped(), "E0", "the first sample is left out"),
        (Sloped(0.0), "E0", "the activation is ReLU, whatever the slope"),
        (Sloped(0.01), "E0", "torch's own slope, 0.01"),
    ],
)
def test_the_cause_is_named_at_a_search_s_smallest_case(
    code: Any, statement: str, cause: str
) -> None:
    """One sample or dimension, where many faults answer alike, must not rule out the right one."""
    assert cause in searched(code, statement)[1].finding.cause


@pytest.mark.parametrize(
    ("code", "statement", "cause"),
    [
        (Noisy(), "E0", "train: equal arguments, different results"),
        (Times(0.5), "E2", "output: it is too large by a factor of sqrt m (no 1/sqrt m)"),
        (Times(-1.0), "E2", "output: it is too small by a factor of m"),
        (Times(0.123), "E2", ""),
        (Negated(), "E2", "output: it is of the wrong sign: times -1"),
    ],
)
def test_other_causes(code: Any, statement: str, cause: str) -> None:
    assert likely_cause(some_evidence(statement), Subject(code)) == cause


def test_a_code_that_supports_little_is_asked_for_no_more() -> None:
    for supports in (
        Supports(losses=("mixture",), momentum=False, biases=()),
        Supports(dtypes=("float32",), slopes=(0.0,), biases=("frozen",)),
    ):
        code: Any = type("Little", (Column,), {"supports": vars(supports)})()
        assert "broadcast" in likely_cause(some_evidence("E0"), Subject(code))


def test_the_comparison_s_own_cause_gives_way_to_the_diagnosis() -> None:
    shown = replace(some_evidence("E4"), conclusion="r, clamped to [0, 1]: the likely cause")
    assert Finding(shown).cause == "clamped to [0, 1]"
    assert Finding(shown).words["where"].partition("; ")[0] == "r"
    assert Finding(shown, "another").cause == "another"


def test_vectors_are_told_by_their_worst_entry() -> None:
    out = Comparisons()
    lhs = torch.tensor([[3.0, 4.0], [0.0, 1.0]], dtype=torch.float64)
    rhs = torch.tensor([[3.0, 4.0], [1.0, 0.0]], dtype=torch.float64)
    out.identity("rows", lhs, rhs, torch.full((2,), 0.1, dtype=torch.float64))
    assert out.worst["index"] == (1, 0)
    assert (out.worst["lhs"], out.worst["rhs"]) == (0.0, 1.0)
    assert out.worst["difference"] == pytest.approx(2**0.5)
