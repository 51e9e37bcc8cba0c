"""What draws that fail have in common, and which sizes tell them from others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.report.records import configuration, evidence
from tests.report.test_honest_page import broken, words
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.failures import failures, shared, tells
from verifier.report.finding import Finding
from verifier.report.refuted import often


def draws(fail: int, hold: int, error: float, **options: Any) -> list[Any]:
    """Some that fail and some that hold, of one configuration."""
    plain = configuration(**options).to_json()
    return [
        *(evidence("E1", error=error, configuration=plain) for _ in range(fail)),
        *(evidence("E1", error=0.1, configuration=plain) for _ in range(hold)),
    ]


def test_an_option_of_all_that_fail_and_of_few_others_is_named() -> None:
    found = [*draws(12, 3, 9.0, momentum=0.5), *draws(0, 10, 9.0, momentum=0.0)]
    found += [replace(one, held=0) for one in draws(0, 2, 9.0, momentum=0.5)]  # these say nothing
    assert shared(found) == ("with momentum", 15, 10)
    record = Record(evidence=found)
    (refuted,) = [s for s in statements_of(gather(record)) if s["id"] == "E1"]
    told = "12 of 25 draws fail: 12 of 15 with momentum, none of 10 others"
    assert refuted["finding"]["words"]["how often"] == told


@pytest.mark.parametrize(("also", "hold"), [(1, 10), (0, 1), (0, 0)])
def test_what_chance_could_explain_is_not_named(also: int, hold: int) -> None:
    """One that fails without it, or hardly any that hold without it."""
    found = [*draws(12, 3, 9.0, momentum=0.5), *draws(also, hold, 9.0, momentum=0.0)]
    assert shared(found) == ("", 0, 0)
    assert ":" not in often({"fail": 12, "of": 16, "zero": 0, "alike": 0}, alike=shared(found))


def test_a_factor_that_grows_with_a_size_is_not_said_to_be_hidden() -> None:
    found = {"fail": 3, "of": 5, "zero": 0, "alike": 2}
    assert "hides" in often(found, cause="too small by a factor of 2")
    assert often(found, cause="too small by a factor of sqrt m") == "3 of 5 draws fail"


def test_a_size_tells_where_half_of_what_holds_is_outside() -> None:
    for outside, told in ((4, False), (6, True)):
        found = [*draws(5, 5, 9.0, width=4), *draws(0, outside, 9.0, width=50)]
        (place,) = [p for p in failures(found) if p["name"] == "width m"]
        assert tells(place) is told
    assert not tells(failures(draws(5, 0, 9.0))[0])


def test_a_second_step_is_said_to_be_the_check_s_own() -> None:
    """Its smallest case may have one step."""
    found = evidence(
        "E0", conclusion="second step of W, with the velocity", error=9.0, index=(0, 0), data="raw"
    )
    where = Finding(found).words["where"]
    assert where == "W after the checked step, at neuron 0, coordinate 0"


def test_a_scatter_says_that_it_ends_below_the_largest_error() -> None:
    assert "Where it fails: " not in words(broken())  # no size tells where
    wide = evidence("E4", configuration=configuration(width=300, dtype="float32").to_json())
    far = Record(evidence=[wide, evidence("E4", error=2.1e14)])
    told = words(far)
    marks = "Cross: a draw that fails, triangle: far beyond. Disc: one that holds."
    where = f"Where it fails: 1 of 2 draws, by width m. {marks}"
    assert told.count(f"{where} Errors beyond 10⁶ are drawn at it.") == 1  # of all pictures of E4
    assert told.count("The same, by precision.") == 1
    assert "The same, by dimension d." not in told
    near = words(Record(evidence=[wide, evidence("E4", error=3.0)]))
    assert "by width m. Cross: a draw that fails. Disc: one that holds." in near
    assert "Errors beyond" not in near
