"""The error budget: what is in it, each rate, and that nothing without a rate passes as covered."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from scipy import stats

from tests.report.records import evidence, outcome, whole_record
from verifier.evidence.record import Record
from verifier.report.budget import CONFIDENCE, NOT_COVERED, Source, error_budget, void_rate
from verifier.report.content import gather
from verifier.report.html import page
from verifier.report.terminal import render
from verifier.report.verdicts import rows
from verifier.statements import STATEMENTS

NAMES = (
    "a statistical test refutes",
    "a rounding bound is exceeded",
    "a negative control is not refuted",
    "a premise is found void (not a refutation)",
    "a test is underpowered",
    "too many draws of a statement are rejected",
    "a premise holds too rarely",
)


def budget(record: Record) -> dict[str, Source]:
    return {source.name: source for source in error_budget(record, rows(record))}


def premise(name: str, conclusion: str, failures: int, draws: int = 32) -> dict[str, object]:
    kept = {"failures": failures, "draws": draws}
    removed = {"failures": draws, "draws": draws}
    about = {"premise": name, "conclusion": conclusion, "verdict": "necessary"}
    return {**about, "kept": kept, "removed": removed}


def test_it_names_everything_even_where_there_was_nothing() -> None:
    assert tuple(budget(Record())) == NAMES
    assert budget(Record())["a statistical test refutes"].rate == 0.0


def test_tests_add_up_and_nothing_else_has_a_proved_rate() -> None:
    record = whole_record()
    record.add(evidence("P1", tests=(outcome(alpha=1e-7), outcome(alpha=2e-7))))
    found = budget(record)
    tests = sum(row.tests for row in rows(record))
    expected = (tests - 2) * outcome()["alpha"] + 3e-7
    assert found["a statistical test refutes"].count == tests
    assert found["a statistical test refutes"].rate == pytest.approx(expected)
    assert {name for name in NAMES if found[name].rate is None} == set(NAMES[1:])


def test_each_source_says_how_near_the_run_came() -> None:
    record = Record()
    record.add(evidence("E1", error=0.31))
    record.add(evidence("P1", tests=(outcome(detects=0.15, error=0.9),)))
    record.add(evidence("D4", comparisons=10, held=7))
    record.reject("E1", "diverged")
    record.control("E1", "slow", 41)
    record.control("P1", "wrong law", 1)
    record.margin("P1", "wrong law", 1.7)
    found = budget(record)
    assert "0.31 of one was used" in found["a rounding bound is exceeded"].why
    assert "took 41 draws" in found["a negative control is not refuted"].why
    assert "error was 1.7 times what" in found["a negative control is not refuted"].why
    record.margin("P1", "wrong law", 1.0431)  # is refuted, and is not said to be at its limit
    assert "1.043 times what chance" in budget(record)["a negative control is not refuted"].why
    assert "is 0.75;" in found["a test is underpowered"].why
    assert (
        "1 were; E1 has the largest share, 0.5: up to 0.25 is allowed, so it is too many"
        in found["too many draws of a statement are rejected"].why
    )
    assert "nearest is D4" in found["a premise holds too rarely"].why
    assert found["a rounding bound is exceeded"].count == 17


def test_what_was_refuted_is_no_measure_of_rounding() -> None:
    """An error of 10^14 is not "at most so much of a rounding bound was used"."""
    record = Record(evidence=[evidence("E4", error=2.1e14)])
    assert "was used" not in budget(record)["a rounding bound is exceeded"].why
    record.add(evidence("E1", error=0.3))
    why = budget(record)["a rounding bound is exceeded"].why
    assert why.endswith("at most 0.3 of one was used by statements that are not refuted")


def test_nothing_tried_is_said_in_words() -> None:
    told = {name: source.why for name, source in budget(Record()).items()}
    assert told["a negative control is not refuted"] == "none was run"
    assert told["a premise is found void (not a refutation)"] == "none was tried"
    assert told["a test is underpowered"] == "none was made"
    assert not any("nothing" in why or "inf" in why for why in told.values())


def test_at_risk_are_all_that_were_tried_not_those_that_failed() -> None:
    record = whole_record()
    record.reject("E1", "diverged")
    found = budget(record)
    controls = sum(map(len, record.controls.values()))
    assert found["a negative control is not refuted"].count == controls
    assert found["too many draws of a statement are rejected"].count == len(STATEMENTS)
    assert "At risk: how many could, not how many did" in page(gather(record))


def test_void_premises_by_an_exact_bound() -> None:
    """No failures in n draws allow a probability of `1 - 0.05^(1/n)`."""
    assert void_rate(0, 2) == pytest.approx((1 - math.sqrt(0.05)) ** 2)
    most = 1 - (1 - CONFIDENCE) ** (1 / 32)
    above = sum(stats.binom.pmf(k, 32, most) for k in range(17, 33))
    assert void_rate(0, 32) == pytest.approx(above)
    assert void_rate(3, 32) > void_rate(1, 32)
    assert void_rate(5, 5) == 1.0


def test_premises_add_up() -> None:
    record = Record()
    record.necessity += [premise("wide", "agree", 0), premise("convex", "sum", 2)]
    found = budget(record)["a premise is found void (not a refutation)"]
    assert found.rate == pytest.approx(void_rate(0, 32) + void_rate(2, 32))


def test_every_report_shows_it() -> None:
    record = whole_record()
    record.necessity.append(premise("wide", "f and g agree", 0))
    content = gather(record)
    assert [s["name"] for s in content["error_budget"]] == list(NAMES)
    shown, html = render(content), page(content)
    for source in content["error_budget"]:
        assert source["name"] in html
        if source["count"]:
            line = next(text for text in shown.splitlines() if source["name"] in text)
            assert source["says"] in line
    assert NOT_COVERED in shown
    assert html.count("none is proved") == 1  # once, for all that have no rate
    assert NOT_COVERED not in html


def test_margins_survive_the_file(tmp_path: Path) -> None:
    record = Record()
    record.open(tmp_path / "run")
    record.margin("P1", "wrong law", 1.7)
    record.close()
    assert Record.load(tmp_path / "run").margins == {"P1": {"wrong law": 1.7}}
    record.take(Record(margins={"P1": {"no tails": 2.0}}))
    assert record.margins == {"P1": {"wrong law": 1.7, "no tails": 2.0}}
