"""The transcript's table says of each broken code what lies behind its refutations, alone."""

from __future__ import annotations

from pathlib import Path

from docs.update_transcript import PHONE, cause, told
from tests.report.records import evidence, whole_record
from verifier.report.content import gather
from verifier.report.summary import summarise


def test_causes_are_told_in_a_line_without_what_a_run_says_next() -> None:
    record = whole_record()
    assert cause(summarise(gather(record))) == "nothing was refuted"
    record.add(evidence("E4", error=9.0))
    record.causes["E4"] = "perturb: divided by |r|"
    assert cause(summarise(gather(record))) == r"E4: perturb: divided by \|r\|"
    record.add(evidence("E1", error=2.0))
    told = r"likely perturb: divided by \|r\|; so E4 fails E1: cause not known"
    assert cause(summarise(gather(record))) == told


def test_a_transcript_has_the_verdict_and_the_finding_and_nothing_behind_them() -> None:
    record = whole_record()
    record.add(evidence("E4", error=9.0))
    content = gather(record) | {"wall_time": {"wall": 61.2}}
    for width in (PHONE, 80):
        shown = told(f"{summarise(content, width)}behind it\n", Path("/nowhere"), whole=False)
        assert "FINDING  E4" in shown
        assert not any(said in shown for said in ("behind it", " 61 s", "how sure", "evidence:"))
