"""What follows from a refuted statement: paler than it, on edges of their own, and never a 0/1."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tests.report.records import configuration, evidence, whole_record
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.html import page
from verifier.report.summary import summarise
from verifier.report.told import command, findings
from verifier.report.untested import LACKING


def wrong() -> Record:
    """E0 is refuted, and E1, E5 and D1 with it; E2 holds, and another chapter."""
    record = whole_record()
    record.about["implementation"] = "mine:Code"
    record.controls.clear()
    record.evidence = [e for e in record.evidence if e.statement in ("E0", "E2", "P1", "D1")]
    for name in ("E0", "E1", "E5", "D1"):
        record.add(evidence(name, error=9.0))
    return record


def _words(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", "", html).split())


def test_what_builds_on_a_refuted_statement_is_marked_as_that_and_paler() -> None:
    text = page(gather(wrong()))
    for name in ("E1", "D1"):
        row = text.partition(f'<div id="{name}"')[0].rpartition("<article>")[2]
        assert '<span class="badge refuted follows">' in row
        assert "✗ follows from E0" in _words(row)
    lead = text.partition('<div id="E0"')[0].rpartition("<article>")[2]
    assert '<span class="badge refuted">' in lead
    assert len(re.findall(r'<td class="verdict".*\n?.*follows from E0', text)) == 3
    assert 'class="node refuted follows" data-id="E1"' in text
    assert 'class="node refuted" data-id="E0"' in text


def test_in_the_graph_only_edges_between_refuted_statements_have_their_colour() -> None:
    text = page(gather(wrong()))
    edges = {name: kind for kind, name in re.findall(r'class="(edge.*?)" data-of="(.*?)"', text)}
    assert edges["E0 E1"] == "edge failing"
    assert edges["E1 E2"] == "edge"
    assert edges["E2 E5"] == "edge"  # what it comes from holds
    refuted = {"E0", "E1", "E5", "D1"}
    assert all((kind == "edge failing") == (set(n.split()) <= refuted) for n, kind in edges.items())


def test_beside_what_is_refuted_every_chapter_says_how_many_are_of_those_that_ran() -> None:
    """A word in place of a 0/1 of eight would be read as none that ran, or as a whole chapter."""
    record = wrong()
    record.not_applicable["K1"] = f"{LACKING}kernel"  # not of those that ran
    shown = summarise(gather(record)).splitlines()
    assert any(line.startswith("NO Exact identities ") and " 3/4 " in line for line in shown)
    (chances,) = (line.split() for line in shown if line.startswith("ok Probability"))
    assert chances[2] == "0/1"
    assert "ok supported (all that ran), NO refuted, .. not run" in shown
    (heads,) = (line for line in shown if line.split()[:1] == ["refuted"])
    assert heads


def test_the_page_s_next_command_is_the_terminal_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    record = wrong()
    record.folder = tmp_path / "mine"
    content = gather(record)
    (e0,) = (s for s in statements_of(content) if s["id"] == "E0")
    answer = page(content).partition("<dt>Next</dt>")[2].partition("</dd>")[0]
    assert (
        command(e0) == "verifier check E0 mine/counterexamples/E0.json --implementation mine:Code"
    )
    assert command(e0) in _words(answer)
    assert str(tmp_path) not in answer


def test_a_step_that_the_check_adds_is_named_beside_those_of_the_case() -> None:
    case = configuration().to_json()
    for conclusion, is_added in (("second step of W, by velocity", True), ("step of W", False)):
        worst = evidence("E0", conclusion=conclusion, error=9.0, configuration=case)
        told = " ".join(summarise(gather(Record(evidence=[worst]))).split())
        assert (" step of training and the one checked, " in told) is is_added
        assert ("W after the checked step" in told) is is_added


def test_a_good_run_s_page_begins_with_what_the_theory_claims_and_has_pictures_first() -> None:
    text = page(gather(whole_record()))
    claim = text.index("so that a network can learn from perturbations alone.")
    assert claim < text.index("<h1>")
    assert "learn from perturbations alone." not in page(gather(wrong()))  # the failure is the news
    beside = text.partition("<dt>What does not fit</dt>")[2].partition("</dd>")[0]
    assert ("<figure>" in beside) == ('class="beside"' in beside)
    counts = text.partition('<section id="coverage">')[2].partition("</section>")[0]
    (row,) = re.findall(r"<td>(<details.*?</td>)", counts.partition('"result-4"')[2], re.S)[:1]
    seen, _, folded = row.partition("</summary>")
    assert re.search(r"^<details class=\"drawn\">.* 5 statements \(\d+\)$", seen)
    assert "scenario, draws (or experiments) with its premise" in folded
    assert folded.count("<a href=") == 5
    assert "every control tried (at least two; their number in brackets)" in counts
    stopped = whole_record()
    stopped.errors["E5"] = "stopped"
    lacks = page(gather(stopped)).partition('"result-4"')[2].partition("</summary>")[0]
    assert '<details class="drawn" open><summary>4 of 5 supported (' in lacks
    explained = (Path(str(files("verifier.report"))) / "page.html.j2").read_text(encoding="utf-8")
    assert explained.index('"pictures.html.j2"') < explained.index('"results.html.j2"')


def test_what_builds_on_one_statement_is_told_of_no_other() -> None:
    record = wrong()
    record.add(evidence("K1", error=9.0))  # by itself: it needs no training
    told = findings(statements_of(gather(record)), every=False)
    after = {title.split()[4]: words.get("also refuted") for title, words in told}
    assert after == {"E0": "3 that build on E0", "K1": None}
