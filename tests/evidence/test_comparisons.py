"""The heart of every check: what counts as an error, how large, and which of them is shown."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.evidence.comparisons import CLEAR, Comparisons
from verifier.statistics.outcome import Outcome

NAN, INF = math.nan, math.inf
BEYOND = 1e300


def tensor(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def compared(kind: str, *sides: Tensor, **more: Tensor) -> dict[str, Any]:
    out = Comparisons()
    getattr(out, kind)("claim", *sides, **more)
    return out.worst


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_is_the_difference_in_units_of_its_bound() -> None:
    worst = compared("identity", tensor(1.0, 5.0), tensor(1.5, 4.0), tensor(0.1, 2.0))
    assert worst["error"] == pytest.approx(5.0)
    assert (worst["lhs"], worst["rhs"], worst["difference"]) == (1.0, 1.5, 0.5)
    assert (worst["bound"], worst["index"], worst["conclusion"]) == (0.1, (0,), "claim")


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
@pytest.mark.parametrize("side", [0, 1])
def test_a_side_that_is_not_finite_is_the_largest_error(bad: float, side: int) -> None:
    sides = [tensor(1.0), tensor(1.0)]
    sides[side] = tensor(bad)
    assert compared("identity", *sides, tensor(1.0))["error"] == BEYOND
    if math.isnan(bad):
        assert compared("at_most", *sides, tensor(1.0))["error"] == BEYOND


@pytest.mark.parametrize("bound", [NAN, INF, -INF, -1e-9])
@pytest.mark.parametrize("kind", ["identity", "at_most"])
@pytest.mark.parametrize("lhs", [1.0, 2.0])
def test_a_bound_that_means_nothing_excuses_nothing(bound: float, kind: str, lhs: float) -> None:
    assert compared(kind, tensor(lhs), tensor(1.0), tensor(bound))["error"] == BEYOND


def test_without_a_bound_only_equality_is_no_error() -> None:
    assert compared("identity", tensor(1.0), tensor(1.0), tensor(0.0))["error"] == 0
    assert compared("identity", tensor(1.0 + 1e-15), tensor(1.0), tensor(0.0))["error"] == BEYOND


def test_at_most_is_about_one_side() -> None:
    assert compared("at_most", tensor(1.0), tensor(9.0), tensor(1e-9))["error"] == 0
    found = compared("at_most", tensor(9.0), tensor(1.0), tensor(4.0))
    assert found["error"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("lhs", "rhs", "wrong"),
    [
        (1e-300, 5.0, False),
        (-1.0, 1.0, True),
        (0.0, 1.0, True),
        (0.0, 0.0, False),
        (NAN, 1.0, True),
        (1.0, NAN, True),
        (NAN, 0.0, True),
        (0.0, NAN, True),
        (NAN, NAN, True),
    ],
)
def test_signs(lhs: float, rhs: float, wrong: bool) -> None:
    found = compared("same_sign", tensor(lhs), tensor(rhs), torch.tensor([True]))
    assert (found["error"] > 1) == wrong


def test_vectors_are_compared_by_the_length_of_their_difference() -> None:
    rows = torch.tensor([[3.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.0, 4.0], [0.0, 0.0]])
    found = compared("identity", *(r.double() for r in rows), tensor(2.5, 1.0))
    assert found["error"] == pytest.approx(2.0)
    assert (found["lhs"], found["rhs"], found["index"]) == (0.0, 4.0, (0, 1))


# --- which is shown -------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_worst_of_all_is_shown(order: tuple[int, ...]) -> None:
    out = Comparisons()
    for k in order:
        out.identity(f"claim {k}", tensor(0.0, float(k), 0.5), tensor(0.0, 0.0, 0.0), tensor(1.0))
    assert (out.worst["conclusion"], out.worst["error"]) == ("claim 2", 2.0)
    assert out.worst["index"] == (1,)
    assert (out.count, out.held) == (9, 9)


def test_of_equal_errors_the_first_is_shown() -> None:
    out = Comparisons()
    for name in ("first", "second"):
        out.identity(name, tensor(1.0, 1.0), tensor(0.0, 0.0), tensor(1.0))
    assert (out.worst["conclusion"], out.worst["index"]) == ("first", (0,))


def outcome(error: float, name: str = "test") -> Outcome:
    return Outcome(name, "a test", 0.3, 0.1, 0.2, error, 10, 0.01, 0.1, 0.2)


@pytest.mark.parametrize("order", [(0.5, 2.0, 1.0), (2.0, 1.0, 0.5), (1.0, 0.5, 2.0)])
def test_the_worst_statistical_test_is_shown(order: tuple[float, ...]) -> None:
    out = Comparisons()
    for error in order:
        out.statistic(outcome(error, str(error)))
    assert (out.worst["conclusion"], out.worst["error"]) == ("2.0", 2.0)
    assert out.worst["difference"] == pytest.approx(0.2)
    assert [t["error"] for t in out.tests] == list(order)
    assert (out.count, out.held) == (30, 30)


@pytest.mark.parametrize("error", [INF, NAN])
def test_a_test_without_a_finite_error_refutes(error: float) -> None:
    out = Comparisons()
    out.statistic(outcome(0.1))
    out.statistic(outcome(error))
    assert out.worst["error"] == BEYOND


# --- premises -------------------------------------------------------------------------------------


def test_only_what_a_premise_admits_is_judged() -> None:
    premise = torch.tensor([True, False, True])
    out = Comparisons()
    out.at_most("claim", tensor(1.5, 9.0, 1.2), tensor(1.0, 1.0, 1.0), tensor(1.0), premise)
    assert (out.worst["error"], out.worst["index"]) == (0.5, (0,))
    assert (out.count, out.held) == (3, 2)


def test_a_premise_that_never_holds_shows_nothing() -> None:
    out = Comparisons()
    never = torch.tensor([False, False])
    out.at_most("claim", tensor(9.0, NAN), tensor(1.0, 1.0), tensor(1.0), never)
    out.same_sign("claim", tensor(1.0, 1.0), tensor(-1.0, -1.0), never)
    out.vacuous(5)
    assert (out.worst, out.count, out.held, out.tightness) == ({}, 9, 0, None)
    shown = out.evidence("E1", {}, "gaussian")
    assert (shown.conclusion, shown.error) == ("premise never held", 0.0)
    assert (shown.comparisons, shown.held) == (9, 0)


# --- ratios of sides ------------------------------------------------------------------------------


def test_a_ratio_counts_where_rounding_does_not_decide_it() -> None:
    out = Comparisons()
    bound = tensor(1e-3, 1e-3, 1e-3)
    out.at_most("claim", tensor(0.5, 0.9, 0.3), tensor(2.0, 0.99 * CLEAR * 1e-3, 1.5), bound)
    assert out.tightness == pytest.approx(0.25)  # the second ratio is larger, and not clear
    out.at_most("claim", tensor(1.2, 0.0), tensor(2.0, 2.0), tensor(1e-3))
    assert out.tightness == pytest.approx(0.6)
    out.at_most("claim", tensor(0.1), tensor(2.0), tensor(1e-3))
    assert out.tightness == pytest.approx(0.6)
    only = torch.tensor([False, True])
    out.at_most("claim", tensor(1.9, 1.4), tensor(2.0, 2.0), tensor(1e-3), only)
    assert out.tightness == pytest.approx(0.7)
