"""The HTML and JSON report of a run: complete, self-contained, escaped, and honest."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.report.records import (
    HOSTILE,
    Balanced,
    configuration,
    evidence,
    outcome,
    statistical_evidence,
    whole_record,
)
from verifier.evidence.record import Record
from verifier.report.content import (
    FAMILIES,
    SCHEMA,
    VERSION,
    gather,
)
from verifier.report.html import (
    LEAST_SHOWN,
    figures,
    mathematics,
    page,
)
from verifier.report.verdicts import REFUTED, VACUOUS, rows
from verifier.statements import STATEMENTS, StatisticalStatement
from verifier.statements.statement import RATE


@pytest.fixture
def rate_claim(monkeypatch: pytest.MonkeyPatch) -> StatisticalStatement:
    """A claim with a rate, a phase diagram, quantiles and a test in each of two experiments."""
    claim = StatisticalStatement(
        id="R99",
        statement="the error is O(m^{-1/2}) " + HOSTILE,
        kind=RATE,
        source="theory R1",
        needs=("train",),
        compare=lambda study, out: None,
        tests=2,
        latex=r"\|f_T - f_0\| = O(m^{-1/2})",
    )
    monkeypatch.setitem(STATEMENTS, claim.id, claim)
    return claim


def claims_of(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {claim["id"]: claim for family in content["families"] for claim in family["claims"]}


def test_the_page_is_well_formed_and_has_every_claim(rate_claim: StatisticalStatement) -> None:
    record = whole_record()
    for found in statistical_evidence(rate_claim.id):
        record.add(found)
    parsed = Balanced(page(gather(record)))
    assert len(parsed.ids) == len(set(parsed.ids))
    assert set(STATEMENTS) <= set(parsed.ids)
    for claim in STATEMENTS.values():
        assert claim.statement in parsed.words
    assert {"h1", "main", "figcaption", "svg", "math"} <= parsed.tags
    links = [value for tag, name, value in parsed.attributes if (tag, name) == ("a", "href")]
    assert all(link.removeprefix("#") in parsed.ids for link in links)


def test_the_page_loads_nothing(rate_claim: StatisticalStatement) -> None:
    record = Record()
    for found in (*[evidence("E1")] * LEAST_SHOWN, *statistical_evidence(rate_claim.id)):
        record.add(found)
    text = page(gather(record))
    parsed = Balanced(text)
    assert not parsed.tags & {"script", "link", "img", "iframe", "object", "embed"}
    for _, name, value in parsed.attributes:
        assert name != "src"
        assert not name.startswith("on")
        if name.endswith("href"):
            assert value.startswith("#")
    assert "@import" not in text
    assert all(target.startswith("#") for target in re.findall(r"url\((.*?)\)", text))


def test_all_text_is_escaped(rate_claim: StatisticalStatement) -> None:
    record = Record(about={"implementation": HOSTILE, "run_seed": "0"})
    record.add(evidence("E1", conclusion=HOSTILE, data=HOSTILE, error=3.0))
    record.add(statistical_evidence(rate_claim.id)[0])
    record.control("E1", HOSTILE, None)
    record.errors["E2"] = HOSTILE
    text = page(gather(record))
    assert "<script" not in text
    assert Balanced(text).words.count(HOSTILE) >= 5
    assert mathematics(r"\text{" + HOSTILE + "}").count("<script") == 0


def test_the_json_round_trips_and_is_all_the_page_needs(rate_claim: StatisticalStatement) -> None:
    record = Record()
    for found in statistical_evidence(rate_claim.id):
        record.add(found)
    content = gather(record)
    text = json.dumps(content, allow_nan=False)
    assert json.loads(text) == content
    assert page(json.loads(text)) == page(content)
    assert (content["schema"], content["version"]) == (SCHEMA, VERSION)
    assert {row.claim: row.verdict for row in rows(record)} == {
        name: claim["verdict"] for name, claim in claims_of(content).items()
    }


def ids(family: dict[str, Any]) -> list[str]:
    return [claim["id"] for claim in family["claims"]]


def test_families_hold_each_claim_once_in_the_theory_s_order() -> None:
    content = gather(whole_record())
    names = [family["name"] for family in content["families"]]
    assert names == [f.name for f in FAMILIES if f.name in names]
    assert "Other statements" not in names
    order = list(STATEMENTS)
    for family in content["families"]:
        assert ids(family) == sorted(ids(family), key=order.index)
    assert sorted(claims_of(content)) == sorted(STATEMENTS)


def test_a_refuted_run_says_so_with_a_counterexample_to_repeat(tmp_path: Path) -> None:
    record = Record()
    record.about = {"implementation": "my lab:Trainer", "run_seed": "7", "profile": "deep"}
    record.folder = tmp_path
    record.add(evidence("E1", conclusion="nabla f", error=12.5, lhs=0.25))
    content = gather(record)
    claim = claims_of(content)["E1"]
    assert claim["verdict"] == REFUTED
    assert claim["finding"]["configuration"] == configuration().to_json()
    options = "--implementation 'my lab:Trainer' --run-seed 7"
    file = tmp_path / "counterexamples" / "E1.json"
    assert claim["finding"]["reproduce"] == f"verifier check E1 {file} {options}"
    assert claim["reproduce"] == (
        f"pytest properties/ -k 'E1 and not E1b' --hypothesis-profile deep {options}"
    )
    assert not content["settled"]
    text = Balanced(page(content)).words
    assert "1 refuted" in " ".join(text.split())
    assert "Finding: nabla f" in text
    assert "12.5 times" in text
    assert "✗" in text  # never by colour alone


def test_vacuous_underpowered_missed_and_stopped_claims_are_shown(
    rate_claim: StatisticalStatement,
) -> None:
    record = Record()
    record.add(evidence("D4", cases=10_000, held=0))
    weak = {**outcome(), "detects": None}
    record.add(evidence(rate_claim.id, tests=(weak,)))
    record.control("E4", "harmless", None)
    record.errors["E5"] = "ValueError: no output"
    record.not_applicable["E0"] = "offers no train"
    content = gather(record)
    found = claims_of(content)
    assert found["D4"]["verdict"] == VACUOUS
    assert found[rate_claim.id]["verdict"] == "underpowered"
    assert found["E5"]["verdict"] == "error"
    text = Balanced(page(content)).words
    for reason in ("the premise never held", "may be missed", "no output", "offers no train"):
        assert reason in text
    assert "Controls that this check did not refute" in text
    assert "harmless" in text
    assert "∞" in text  # what an underpowered test detects


def test_an_empty_run_is_all_not_run() -> None:
    content = gather(Record())
    assert content["counts"] == {"not run": len(STATEMENTS)}
    assert f"0 of {len(STATEMENTS)} statements supported" in Balanced(page(content)).words


def test_false_alarms_add_up(rate_claim: StatisticalStatement) -> None:
    record = Record()
    record.add(evidence(rate_claim.id, tests=(outcome(), outcome(alpha=3e-9))))
    ledger = gather(record)["false_alarms"]
    assert ledger["tests"] == 2
    assert ledger["spent"] == pytest.approx(4e-9)
    assert "4 · 10⁻⁹" in page(gather(record))


def test_necessity_is_reported() -> None:
    record = Record()
    record.necessity.append(
        {
            "premise": "orthogonal samples",
            "conclusion": "O1",
            "kept": {"failures": 0, "cases": 50},
            "removed": {"failures": 12, "cases": 50},
            "verdict": "needed",
        }
    )
    assert "12 of 50" in Balanced(page(gather(record))).words


def test_each_kind_of_series_has_its_figure(rate_claim: StatisticalStatement) -> None:
    record = Record()
    for found in statistical_evidence(rate_claim.id):
        record.add(found)
    shown = claims_of(gather(record))[rate_claim.id]
    captions = [figure["caption"] for figure in figures(shown)]
    starts = ("How much of the bound", "leaky 0: exponent", "leaky 1: agree")
    assert [c.startswith(s) for c, s in zip(captions, starts, strict=False)] == [True] * 3
    assert "no finite interval" in captions[3]
    assert captions[4].startswith("leaky 3: means")
