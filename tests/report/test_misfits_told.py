"""The end of a run: what does not fit in the paper's figures, and why that they fit says little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.report.records import evidence, whole_record
from tests.report.test_directions import measured
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.corrections import AGAINST, against
from verifier.report.misfit import (
    ABOVE,
    DRAWN_ONCE,
    EARLIER,
    FIGURES,
    KEPT,
    PREDICTIONS,
    TOO_LONG,
    Misfit,
    in_items,
    titled,
)
from verifier.report.summary import summarise


def lines(record: Record) -> list[str]:
    return summarise(gather(record)).splitlines()


def test_a_misfit_of_the_figures_is_told_where_the_docs_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told_of = ("what does not fit", EARLIER)
    there = f"{EARLIER}: {FIGURES} (docs/gpu.md) values are off: why is not known the paper: "
    against = f" R3 corrects the paper: {AGAINST['R3']}"
    here = f"what does not fit: no statement refuted{against} "
    assert f"{here}the paper: " in " ".join(" ".join(lines(whole_record())).split())
    (tmp_path / KEPT).parent.mkdir(parents=True)
    for above, is_told in ((5, False), (9, True)):
        figures = [{"title": "One (a)", "g": {"above": above, "chaotic": 10}}]
        (tmp_path / KEPT).write_text(json.dumps({"figures": figures}), encoding="utf-8")
        record = whole_record()
        told = " ".join(" ".join(lines(record)).split())
        assert (there in told) == is_told
        refuted = whole_record()
        refuted.evidence.append(evidence("E1", error=3.0, lhs=2.0))
        assert (f"{here}{there}" in told) == is_told
        assert here in told  # of this run it is told anyway
        assert told.count("R3") == 2  # with the last line
        assert "weak test" not in told
        others = " ".join(" ".join(lines(refuted)).split())
        assert (f"what does not fit: E1 refuted{against} {there}" in others) == is_told
        partial = whole_record()
        partial.evidence = [e for e in partial.evidence if e.statement != "E1"]
        assert not any(line.startswith(told_of) for line in lines(partial))
        stopped = whole_record()
        stopped.errors["R3"] = "stopped"
        assert "corrects the paper" not in " ".join(lines(stopped))
        assert "what does not fit: no statement refuted" in " ".join(lines(stopped))
        refuted.evidence.append(evidence("R3", error=3.0, lhs=2.0))
        others = " ".join(" ".join(lines(refuted)).split())
        assert (f"what does not fit: E1, R3 refuted {there}" in others) == is_told
        record.about["implementation"] = "mine:Code"
        assert not any(line.startswith(told_of) for line in lines(record))


def test_what_is_off_of_the_figures_has_a_line_each_with_its_likely_why() -> None:
    predicted = Misfit(PREDICTIONS.format(0.03), "1 of 2", TOO_LONG, "a.md", "agreement")
    partly = Misfit(PREDICTIONS.format(0.03), "3 of 4", f"{TOO_LONG}; at 1 not known", "a.md")
    drawn, other = (Misfit("values off", "5 of 6", why) for why in (DRAWN_ONCE, "not known"))
    miss = f"the theory's predictions miss: likely {TOO_LONG}"
    once, rest = "values off: likely one random draw per figure", "why is not known"
    of_g = Misfit(ABOVE, "5 of 6 above", DRAWN_ONCE, "a.md", "one figure")
    of_g_alone = "published values of g (trained on perturbations) to one side of ours"
    for found, told in (
        ([], []),
        ([of_g], [f"{of_g_alone}: likely one random draw per figure"]),
        ([predicted, predicted], [miss]),
        ([other], [f"values are off: {rest}"]),
        ([drawn, predicted], [once, miss]),
        ([predicted, partly], [miss, f"other values are off: {rest}"]),
        ([predicted, partly, other], [miss, f"other values are off: {rest}"]),
    ):
        assert in_items(found) == told
    assert titled("many fit") == f"{FIGURES}, a weak test"
    assert titled("", "docs/gpu.md") == f"{FIGURES} (docs/gpu.md)"


def test_that_fits_are_weak_evidence_is_said_of_the_figures_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off = [Misfit("values off", "5 of 6", "not known")]
    monkeypatch.setattr("verifier.report.summary.misfits", lambda: off)
    monkeypatch.setattr("verifier.report.summary.weakness", lambda: "many fit")
    shown = lines(whole_record())
    told = f"{EARLIER}: {titled('many fit', 'docs/gpu.md')} {in_items(off)[0]}"
    assert told in " ".join(" ".join(shown).split())
    at = next(k for k, line in enumerate(shown) if line.startswith(EARLIER))
    end = shown.index("", at)
    assert shown[at - 1] == shown[end] == ""  # apart from what is of this run
    assert end - at == 2
    assert "weak" not in " ".join(shown).split("what does not fit")[0]  # the run's own is not
    monkeypatch.setattr("verifier.report.summary.weakness", lambda: "")
    assert not any("weak" in line for line in lines(whole_record()))
    partial = whole_record()
    partial.evidence = [e for e in partial.evidence if e.statement != "E1"]
    assert not any(line.startswith(EARLIER) for line in lines(partial))


def test_how_far_the_paper_is_off_is_told_where_it_was_measured() -> None:
    r3 = {**measured(), "verdict": "supported"}
    size = " (at width 1,000: 0.10 rad from h, 0.50 from s)"
    assert against([r3]) == {"R3": f"{AGAINST['R3']}{size}"}
    halved = [
        {**one, "values": [[v * 0.5, *rest] for v, *rest in one["values"]]} for one in r3["series"]
    ]
    assert against([{**r3, "series": halved}]) == against([r3])  # the first width is not told
    assert against([{**r3, "series": []}]) == AGAINST
    assert against([{**r3, "verdict": "refuted"}]) == {}
