"""The end of a run: what does not fit in the paper's figures, and why that they fit says little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.report.records import evidence, whole_record
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.misfit import AGAINST, F_AND_G, KEPT, NOT_KNOWN, Misfit
from verifier.report.summary import FIGURES, summarise


def lines(record: Record) -> list[str]:
    return summarise(gather(record)).splitlines()


def test_a_misfit_of_the_figures_is_told_where_the_docs_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told_of = ("what does not fit", FIGURES)
    assert not any(line.startswith(told_of) for line in lines(whole_record()))
    there = f"{FIGURES} (docs/gpu.md): {F_AND_G} - published g to one side of ours"
    against = f"; R3 corrects the paper: {AGAINST['R3']} {there}"
    (tmp_path / KEPT).parent.mkdir(parents=True)
    for above, is_told in ((5, False), (9, True)):
        figures = [{"title": "One (a)", "g": {"above": above, "chaotic": 10}}]
        (tmp_path / KEPT).write_text(json.dumps({"figures": figures}), encoding="utf-8")
        record = whole_record()
        told = " ".join(" ".join(lines(record)).split())
        said = "- published g to one side of ours; why: not known the paper"
        assert (said in told) == is_told
        refuted = whole_record()
        refuted.evidence.append(evidence("E1", error=3.0, lhs=2.0))
        assert (f"what does not fit: no statement refuted{against}" in told) == is_told
        assert "weak test" not in told
        others = " ".join(" ".join(lines(refuted)).split())
        assert (f"what does not fit: E1 refuted{against}" in others) == is_told
        partial = whole_record()
        partial.evidence = [e for e in partial.evidence if e.statement != "E1"]
        assert not any(line.startswith(told_of) for line in lines(partial))
        stopped = whole_record()
        stopped.errors["R3"] = "stopped"
        assert "corrects the paper" not in " ".join(lines(stopped))
        refuted.evidence.append(evidence("R3", error=3.0, lhs=2.0))
        others = " ".join(" ".join(lines(refuted)).split())
        assert (f"what does not fit: E1, R3 refuted {there}" in others) == is_told
        record.about["implementation"] = "mine:Code"
        assert not any(line.startswith(told_of) for line in lines(record))


def test_what_is_off_alike_stands_in_one_line_with_its_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off = [
        Misfit("one off", "1 of 2", "long", "a.md", "agreement"),
        Misfit("one off", "33 of 44", "long", "b.md", "cosine"),
        Misfit("some off", "1 of 2", "long", "a.md", "agreement"),
        Misfit("some off", "5 of 6", NOT_KNOWN, "", "accuracy"),
        Misfit("others off", "7 of 8"),
    ]
    monkeypatch.setattr("verifier.report.summary.misfits", lambda: off)
    shown = lines(whole_record())
    at = shown.index("- one off; likely: long")
    assert shown[at + 1 : at + 4] == [
        "- some off; likely: long, of some not known",
        "- others off",
        "",
    ]


def test_that_fits_are_weak_evidence_is_said_of_the_figures_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off = [Misfit("values off", "5 of 6", "not known")]
    monkeypatch.setattr("verifier.report.summary.misfits", lambda: off)
    monkeypatch.setattr("verifier.report.summary.weakness", lambda: "many fit")
    shown = lines(whole_record())
    at = shown.index("- a weak test: many fit")
    assert f"{FIGURES} (docs/gpu.md): {F_AND_G}" in " ".join(" ".join(shown[at - 2 : at]).split())
    assert shown[at + 1].startswith("- values off; ")
    assert "weak" not in " ".join(shown[: shown.index("")])  # the run's own evidence is not
    monkeypatch.setattr("verifier.report.summary.weakness", lambda: "")
    assert not any("weak" in line for line in lines(whole_record()))
    partial = whole_record()
    partial.evidence = [e for e in partial.evidence if e.statement != "E1"]
    assert not any(line.startswith(FIGURES) for line in lines(partial))
