"""What else a run's end tells: left out, not compared, filled in, and where the evidence is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.records import evidence, outcome, whole_record
from verifier.evidence.folders import PART, WHOLE
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.facts import EXACT, NAMED, SAME_SOURCE, compared, how_sure
from verifier.report.html import page
from verifier.report.summary import NARROWEST, summarise
from verifier.report.verdicts import FILLED_IN
from verifier.statements import STATEMENTS, Statement, StatisticalStatement
from verifier.suite import certificate

NONE = "no negative controls (codes wrong on purpose) in this run"


def lines(record: Record, **options: bool) -> list[str]:
    return summarise(gather(record), **options).splitlines()


def _is_tested(statement: Statement) -> bool:
    return isinstance(statement, StatisticalStatement)


def test_a_part_of_the_suite_says_what_it_left_out() -> None:
    shown = lines(Record(evidence=[evidence("E1"), evidence("E2")]))
    text = " ".join(" ".join(shown).split())
    assert "2 of 2 statements supported" in text
    left = len(STATEMENTS) - 2
    assert f"not run: {left} to run them: verifier run --level full" in text
    exact = [evidence(name) for name, s in STATEMENTS.items() if not _is_tested(s)]
    rest = len(STATEMENTS) - len(exact)
    assert f"not run: {rest}, all statistical" in lines(Record(evidence=exact))
    assert "results covered" not in text


def test_what_does_not_apply_is_told_once_for_each_reason() -> None:
    record = Record(evidence=[evidence("E1")])
    lacking = "the implementation does not offer train_deep"
    record.not_applicable |= dict.fromkeys(["E6", "E6s"], lacking)
    record.not_applicable["R5k"] = "float32 rounds away what it measures"
    shown = lines(record)
    assert "not offered: 2, as the code has no train_deep" in shown
    assert "no use for: float32 rounds away what it measures (R5k)" in shown
    many = Record(evidence=[evidence("E1")])
    many.not_applicable["E6"] = f"{lacking}, kernel, perturb_by, train_batches, train_classes"
    names = "train_deep, kernel, perturb_by, train_batches, train_classes"
    for width in (80, NARROWEST):  # a phone has them, too
        told = " ".join(summarise(gather(many), width).split())
        assert f"not offered: 1, as the code has no {names} " in told
    every = lines(record, statements=True)
    assert sum(f"not applicable: {lacking}" in line for line in every) == 2


def test_what_was_filled_in_is_told_of_what_was_run_and_of_nothing_else() -> None:
    record = Record(evidence=[evidence("E1")], about={FILLED_IN: "output, perturb"})
    record.not_applicable["E10"] = "the implementation does not offer train_classes"
    assert not any(line.startswith("filled in") for line in lines(record))  # E1 needs neither
    record.add(evidence("E4"))
    assert "filled in: perturb, by the library, for E4" in lines(record)


def test_what_a_code_does_at_a_kink_is_told_beside_every_statement_alone() -> None:
    record = whole_record()
    record.add(evidence("E0k", notes={"phi'(0) in train: gamma": 4}))
    assert not any(line.startswith("at a kink") for line in lines(record))
    assert any(line.startswith("at a kink") for line in lines(record, statements=True))


def test_what_a_fault_could_hide_in_is_said_in_words() -> None:
    record = whole_record()
    record.rejected["E1"] = Counter({"not comparable": 3})
    (hidden,) = gather(record)["hidden"]
    (shown,) = [s for s in statements_of(gather(record)) if s["id"] == "E1"]
    assert hidden["draws"] == shown["draws"]  # counted in one way
    told = " ".join(" ".join(lines(record)).split())
    counted = f"3 of {3 + hidden['draws']} draws of E1"
    assert f"blind spots, not counted as passes: rounding may flip a neuron in {counted}" in told
    assert told.index("blind spots") < told.index("holds error")  # of how sure the run is
    for name in list(STATEMENTS)[: NAMED + 1]:
        record.rejected[name] = Counter({"not comparable": 3})
    many = " ".join(" ".join(lines(record)).split())
    assert re.search(rf"flip a neuron in \d+ of \d+ draws of {NAMED + 1} statements ", many)
    assert "not counted:" not in told  # once is enough


def test_an_error_of_0_is_explained_where_there_is_one() -> None:
    record = whole_record()
    assert "error 0" not in "\n".join(lines(record, statements=True))
    zero = [replace(e, error=0.0) for e in record.evidence if e.statement == "D4"]
    record.evidence = [*zero, *(e for e in record.evidence if e.statement != "D4")]
    told = " ".join(" ".join(lines(record, statements=True)).split())
    assert f"error 0: {EXACT}" in told
    assert "error 0" not in "\n".join(lines(record))  # where no single statement is shown
    assert EXACT in " ".join(page(gather(record)).split())


def test_the_report_of_a_part_is_asked_for_by_its_folder(tmp_path: Path) -> None:
    record = Record(evidence=[evidence("E1")], folder=tmp_path)
    for state, named in (
        (PART, f"verifier report {tmp_path} (HTML)"),
        (WHOLE, "verifier report (HTML)"),
    ):
        record.state = state
        assert named in " ".join(" ".join(lines(record)).split())


def test_a_page_is_named_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, named in ((Path(__file__).parents[2], True), (tmp_path, False)):
        monkeypatch.chdir(folder)
        assert any("docs/reading-a-report.md" in x for x in lines(whole_record())) == named


def test_what_is_not_counted_is_told_of_how_many() -> None:
    record = whole_record()
    record.rejected["E1"] = Counter({"diverged": 3})
    record.rejected["E2"] = Counter({"single precision": 1})
    exact = [s for s in statements_of(gather(record)) if not s["tests"]]
    made = sum(s["draws"] for s in exact) + 4
    told = " ".join(" ".join(lines(record)).split())
    off = f"3 of {made} draws diverged, 1 of {made} draws (single precision)"
    assert f"not counted as passes: {off} " in told
    assert "not counted:" not in told  # once is enough
    record.rejected["E4"] = Counter({"not comparable": 2})
    both = " ".join(" ".join(lines(record)).split())
    assert re.search(r"as passes: 3 of \d+ draws diverged, .* draws .*; rounding may", both)


def test_what_is_known_of_controls_is_told_once() -> None:
    full = "the full run of 0.1.0 on 2026-11-28 refuted all 645"
    record = whole_record()
    record.about["controls"] = f"239 of 645 this run, by its seed; {full}"
    shown = " ".join(" ".join(lines(record)).split())
    record.control("E1", name := next(iter(record.controls["E1"])), None)
    missed = " ".join(" ".join(lines(record)).split())
    record.control("E1", name, 1)
    tried = gather(record)["controls"]["tried"]
    left = 645 - tried
    wrong = "wrong on purpose (controls)"
    whole = "all refuted (full run: all 645) false alarm in any of"
    assert f"how sure: {tried} of 645 codes and formulas {wrong} tried here, {whole}" in shown
    assert (
        f"{tried - 1} of {tried} codes and formulas {wrong} refuted {left} more not tried" in missed
    )
    assert f"more not tried in this run; {full} false alarm" in missed
    assert "2026" not in shown
    assert missed.count("2026-11-28") == 1
    # on a phone, too, it is seen where each begins
    narrow = summarise(gather(record), NARROWEST).partition("how sure:\n")[2].split("\n\n")[0]
    begun = [line for line in narrow.splitlines() if not line.startswith(" " * 4)]
    assert [line.split()[0] for line in begun] == [str(tried), "false"]
    record.controls.clear()
    for said, told in (
        (f"not run: {full}{SAME_SOURCE}", f"{NONE}; {full} of them"),
        (
            "not run (--level full runs them)",
            f"{NONE} (--level full runs them)",
        ),
    ):
        record.about["controls"] = said
        assert f"how sure: {told} false" in " ".join(" ".join(lines(record)).split())


def test_how_a_full_run_is_known_is_cut_as_a_run_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "in_full", lambda: "the full run")
    assert certificate.told() == f"not run: the full run{SAME_SOURCE}"


def test_a_path_is_told_from_the_working_directory_where_it_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    record = Record(evidence=[evidence("E1", error=3.0)], folder=tmp_path / "runs", state=PART)
    monkeypatch.chdir(tmp_path)
    told = " ".join(" ".join(lines(record)).split())
    assert " verifier check E1 runs/counterexamples/E1.json" in told
    assert "evidence: runs more: verifier report runs (HTML)" in told
    monkeypatch.chdir(tmp_path / "here")
    assert f"verifier report {tmp_path / 'runs'}" in " ".join(" ".join(lines(record)).split())


def test_a_false_alarm_is_told_of_a_single_test_and_of_none_is_not() -> None:
    without, single = (Record(evidence=[evidence("P1", tests=t)]) for t in ((), (outcome(),)))
    assert how_sure(gather(without)) == [NONE]
    told = "false alarm in any of 1 statistical tests: at most one in a million"
    assert how_sure(gather(single)) == [NONE, told]
    often = gather(single)
    often["false_alarms"]["budget"] = 1e-3
    assert how_sure(often)[1].endswith("statistical tests: at most 0.001")


def test_of_draws_that_were_compared_those_without_kinks_are_counted() -> None:
    told = "compared: 79, 5 of them without kinks"
    assert compared({"draws": 79, "kink_free": 5}) == told
