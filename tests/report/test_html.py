"""The HTML page of a run: complete, self-contained, escaped, and honest."""

import re
from pathlib import Path

import pytest

from tests.report.records import (
    HOSTILE,
    Balanced,
    by_id,
    configuration,
    evidence,
    outcome,
    printed,
    statistical_evidence,
    whole_record,
)
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.formula import mathematics
from verifier.report.html import LEAST_SHOWN, figures, page
from verifier.report.verdicts import REFUTED, VACUOUS
from verifier.report.written import number
from verifier.statements import STATEMENTS, Statement
from verifier.statements.paper import RESULTS

PAPER = "https://arxiv.org/abs/2410.23677"
"""Linked and not loaded."""


def test_the_page_is_well_formed_and_has_every_statement(rate_statement: Statement) -> None:
    record = whole_record()
    for found in statistical_evidence(rate_statement.id):
        record.add(found)
    parsed = Balanced(page(gather(record)))
    assert len(parsed.ids) == len(set(parsed.ids))
    assert set(STATEMENTS) <= set(parsed.ids)
    for statement in STATEMENTS.values():
        assert printed(statement.statement) in parsed.words
    assert {"h1", "main", "figcaption", "svg", "math"} <= parsed.tags
    links = [value for tag, name, value in parsed.attributes if (tag, name) == ("a", "href")]
    assert [link for link in links if not link.startswith("#")] == [PAPER]
    assert {link.removeprefix("#") for link in links} - {PAPER} <= set(parsed.ids)


def test_the_page_loads_nothing(rate_statement: Statement) -> None:
    record = Record()
    for found in (*[evidence("E1")] * LEAST_SHOWN, *statistical_evidence(rate_statement.id)):
        record.add(found)
    text = page(gather(record))
    parsed = Balanced(text)
    assert not parsed.tags & {"link", "iframe", "object", "embed"}
    assert text.count("<script") == text.count("<script>") == 1  # the page's own
    for _, name, value in parsed.attributes:
        assert name != "src" or value.startswith("data:image/png;base64,")
        assert not name.startswith("on")
        if name.endswith("href"):
            assert value == PAPER or value.startswith(("#", "data:image/png;base64,"))
    assert "@import" not in text
    assert all(target.startswith("#") for target in re.findall(r"url\((.*?)\)", text))


def test_all_text_is_escaped(rate_statement: Statement) -> None:
    record = Record(about={"implementation": HOSTILE, "run_seed": "0"})
    record.add(evidence("E1", conclusion=HOSTILE, data=HOSTILE, error=3.0))
    record.add(statistical_evidence(rate_statement.id)[0])
    record.control("E1", HOSTILE, None)
    record.errors["E2"] = HOSTILE
    text = page(gather(record))
    assert text.count("<script") == 1  # the page's own
    assert Balanced(text).words.count(HOSTILE) >= 5
    assert mathematics(r"\text{" + HOSTILE + "}").count("<script") == 0


def test_a_refuted_run_says_so_with_a_counterexample_to_repeat(tmp_path: Path) -> None:
    record = Record()
    record.about = {"implementation": "my lab:Trainer", "run_seed": "7", "profile": "deep"}
    record.folder = tmp_path
    record.add(evidence("E1", conclusion="nabla f", error=12.5, lhs=0.25))
    content = gather(record)
    statement = by_id(content)["E1"]
    assert statement["verdict"] == REFUTED
    assert statement["finding"]["configuration"] == configuration().to_json()
    options = "--implementation 'my lab:Trainer' --run-seed 7"
    file = tmp_path / "counterexamples" / "E1.json"
    assert statement["finding"]["words"]["reproduce"] == f"verifier check E1 {file} {options}"
    assert statement["reproduce"] == (
        "verifier run E1 --level full --implementation 'my lab:Trainer' "
        "-- --hypothesis-profile deep --run-seed 7"
    )
    assert not content["settled"]
    text = Balanced(page(content)).words
    assert "1 refuted" in " ".join(text.split())
    assert "Finding: ∇f" in text
    assert "12.5 times" in text
    assert "✗" in text  # never by colour alone


def test_vacuous_underpowered_missed_and_stopped_statements_are_shown(
    rate_statement: Statement,
) -> None:
    record = Record()
    record.add(evidence("D4", comparisons=10_000, held=0))
    weak = {**outcome(), "detects": None}
    record.add(evidence(rate_statement.id, tests=(weak,)))
    record.control("E4", "harmless", None)
    record.errors["E5"] = "ValueError: no output"
    record.not_applicable["E0"] = "offers no train"
    content = gather(record)
    found = by_id(content)
    assert found["D4"]["verdict"] == VACUOUS
    assert found[rate_statement.id]["verdict"] == "underpowered"
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


def test_a_part_of_the_suite_shows_what_it_ran_and_folds_the_rest() -> None:
    record = Record()
    record.add(evidence("E4", error=3.0))
    record.add(evidence("E4"))
    text = page(gather(record))
    shown = " ".join(Balanced(text).words.split())
    assert "Not run: E0, " in shown
    assert f"{len(STATEMENTS) - 1} of the {len(STATEMENTS)} statements were not run" in shown
    assert text.index('<tr data-verdict="refuted"') < text.index('<tr data-verdict="not run"')
    assert "in the smallest case" in shown
    whole = Balanced(page(gather(whole_record()))).words
    assert "Not run" not in whole
    assert "all that were run" not in whole


def test_necessity_is_reported() -> None:
    record = Record()
    record.necessity.append(
        {
            "premise": "orthogonal samples",
            "conclusion": "O1",
            "kept": {"failures": 0, "draws": 50},
            "removed": {"failures": 12, "draws": 50},
            "verdict": "needed",
        }
    )
    assert "12 of 50" in Balanced(page(gather(record))).words


def test_each_kind_of_series_has_its_figure(rate_statement: Statement) -> None:
    record = Record()
    for found in statistical_evidence(rate_statement.id):
        record.add(found)
    shown = by_id(gather(record))[rate_statement.id]
    captions = [figure["caption"] for figure in figures(shown)]
    starts = ("How much of the bound", "experiment leaky 0: exponent", "experiment leaky 1: agree")
    assert [c.startswith(s) for c, s in zip(captions, starts, strict=False)] == [True] * 3
    assert "no finite interval" in captions[3]
    assert captions[4].startswith("experiment leaky 3: means")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-0.5, "−0.5"),
        (1e-6, "10⁻⁶"),
        (2.5e-17, "2.5 · 10⁻¹⁷"),
        (None, "∞"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


def test_every_formula_of_the_registry_converts() -> None:
    for statement in STATEMENTS.values():
        if statement.latex:
            Balanced(mathematics(statement.latex))
            assert "<math" in mathematics(statement.latex), statement.id
    assert mathematics(r"\frac{") == ""  # the statement in words remains


def test_no_formula_of_the_page_shows_a_command_that_was_not_converted() -> None:
    formulas = re.findall(r"<math.*?</math>", page(gather(whole_record())), re.DOTALL)
    assert len(formulas) >= sum(bool(s.latex) for s in STATEMENTS.values())
    assert not any("\\" in formula for formula in formulas)


def test_bars_of_a_norm_are_fences_that_do_not_grow() -> None:
    shown = mathematics(r"\lVert \lvert x_n \rvert^2 \rVert \left\lvert y \right\rvert")
    bars = re.findall(r"<mo ([^>]*)>[|‖]</mo>", shown)
    sides = [re.findall(r'form="(\w+)"', bar)[0] for bar in bars]
    assert sides == ["prefix", "prefix", "postfix", "postfix", "prefix", "postfix"]
    assert ["false" in bar for bar in bars] == [True] * 4 + [False] * 2


def test_a_supported_statement_is_folded_and_a_refuted_one_is_not() -> None:
    record = whole_record()
    record.evidence.append(evidence("E1", error=3.0))
    text = page(gather(record))
    for name, is_open in (("E0", False), ("E1", True)):
        before = text[: text.index(f'<div id="{name}"')]
        assert before[before.rindex("<details") :].startswith("<details open") is is_open


def test_a_source_leads_to_the_result_that_its_statement_carries() -> None:
    parsed = Balanced(page(gather(whole_record())))
    rows = [f"result-{n + 1}" for n, result in enumerate(RESULTS) if not result.is_open]
    assert [name for name in parsed.ids if name.startswith("result-")] == rows
    words = " ".join(parsed.words.split())
    assert f"1. {RESULTS[0].sentence}" in words
    assert f"Source: {STATEMENTS['E5'].source}" in words
    for name, result in (("E1", 1), ("E5", 2), ("R5", 3)):
        assert f"result {result}" in STATEMENTS[name].source
        assert RESULTS[result - 1] in STATEMENTS[name].carries


def test_a_card_says_what_its_numbers_are_in_and_what_its_symbols_are() -> None:
    test = outcome(conclusion="exponent of |nabla f|", detects=0.15, error=0.9)
    record = Record(evidence=[evidence("R3", conclusion=test["conclusion"], tests=(test,))])
    words = " ".join(Balanced(page(gather(record))).words.split())
    assert "Smallest error noticed: exponent of |∇f|: 0.15 in the exponent." in words
    assert "The worst error is of: exponent of |∇f|" in words
    assert "∇ is the gradient with respect to the input" in words
    assert "nabla" not in words


def test_what_a_fault_could_hide_in_and_the_convention_are_said() -> None:
    notes = {"phi'(0) in train: gamma": 4, "phi'(0) in perturb: 1": 2}
    record = Record(evidence=[evidence("E0k", notes=notes), evidence("E1")])
    words = " ".join(Balanced(page(gather(record))).words.split())
    assert "phi'(0)train gamma, perturb 1 read where u = 0 exactly" in words
    assert "slope taken at a kink by traingamma (read 4 times)" in words.replace("γ", "gamma")
    assert "could hide" not in words
    record.reject("E1", "not comparable")
    words = " ".join(Balanced(page(gather(record))).words.split())
    assert "nothing is compared and a fault could hide: in 1 of 2 draws of E1." in words


def test_code_in_a_likely_cause_is_set_as_code_and_nothing_else_is() -> None:
    record = Record(causes={"E4": "torch's `dampening` <b>"})
    record.add(evidence("E4", error=9.0))
    assert "<b>torch&#39;s <code>dampening</code> &lt;b&gt;</b>" in page(gather(record))
