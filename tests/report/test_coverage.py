"""Which of the paper's results a run covers, and what it says of those that it does not."""

from dataclasses import replace

from tests.report.records import evidence, whole_record
from verifier.evidence.record import Record
from verifier.report.coverage import coverage, covers_everything
from verifier.report.verdicts import NOT_RUN
from verifier.statements import PaperResult

GRADIENT = PaperResult("gradient")
SCENARIOS = PaperResult("scenarios", {"scenario": ("(a)", "(b)")})
SOME = {GRADIENT: ("E4",), SCENARIOS: ("E5", "E4")}


def test_a_whole_run_covers_every_result() -> None:
    found = coverage(whole_record())
    assert found
    assert covers_everything(found), [result.gaps for result in found]


def test_every_gap_is_named() -> None:
    record = whole_record()
    assert covers_everything(coverage(record, SOME))
    record.controls["E5"] = {"one": 3}
    record.control("E4", "harmless", None)
    record.evidence = [e for e in record.evidence if e.configuration["scenario"] == "a"]
    gradient, scenarios = coverage(record, SOME)
    assert gradient.gaps == ("E4 did not refute 1 of its controls",)
    assert "E5 refuted 1 controls, 2 are needed" in scenarios.gaps
    assert "no draw with scenario (b)" in scenarios.gaps
    assert not covers_everything([gradient, scenarios])


def test_each_statement_needs_its_own_draws_with_their_premise() -> None:
    record = whole_record()
    both = {SCENARIOS: ("E5", "D5")}
    assert coverage(record, both)[0].covered
    of_d5 = [e for e in record.evidence if e.statement == "D5"]
    in_b = [e for e in of_d5 if e.configuration["scenario"] == "b"]
    record.evidence = [replace(e, held=0) if e in in_b else e for e in record.evidence]
    assert coverage(record, both)[0].gaps == ("no draw with scenario (b)",)


def test_what_was_drawn_is_counted_in_all_and_where_it_is_least() -> None:
    found = coverage(whole_record(), {SCENARIOS: ("E5", "E4")})[0]
    each = [coverage(whole_record(), {SCENARIOS: (name,)})[0].met for name in ("E5", "E4")]
    for value in ("(a)", "(b)"):
        counts = [met["scenario"][value] for met in each]
        assert found.met["scenario"][value] == sum(counts)
        assert found.drawn["scenario"][value] == min(counts)


def test_a_result_is_not_covered_by_a_refuted_or_missing_statement() -> None:
    record = whole_record()
    record.add(evidence("E4", error=2.0))
    refuted, missing = coverage(record, {GRADIENT: ("E4",), PaperResult("none"): ("E99",)})
    assert refuted.gaps == ("E4 is refuted",)
    assert missing.gaps == ("E99 is in no chapter",)
    (absent,) = coverage(Record(), {GRADIENT: ("E4",)})
    assert absent.gaps == (f"E4 is {NOT_RUN}",)
