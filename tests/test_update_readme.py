"""What README says of a run: only what was found, and not what was hoped for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from benchmarks.gpu import answers, drawn, for_readme
from docs import run_in_words, update_readme
from docs.chapter_lines import chapters
from docs.end_of_a_run import quoted
from docs.run_in_words import CARD, backed, holds, listed, verdict
from docs.update_readme import EXPLAINED, README, beside_a_card, default_run, explain
from tests.report.records import whole_record
from verifier.report.content import gather, statements_of
from verifier.report.misfit import EARLIER, FIGURES
from verifier.report.summary import NARROWEST, summarise
from verifier.statements import EXACT, HEURISTIC, LIMIT, REGISTRY


def timed_content() -> dict[str, Any]:
    """Of a whole run, with the time and place that its record leaves out."""
    content = gather(whole_record())
    content["wall_time"] = {"wall": 9.0}
    content["run"]["about"] |= {"processes": 2, "started": "2026-11-28T05", "commit": "abcdefg"}
    return content


def test_a_result_without_its_controls_is_not_counted_as_covered() -> None:
    content = timed_content()
    count = sum(not result["is_open"] for result in content["coverage"])
    for lost in (0, 1):
        for result in content["coverage"]:
            result["covered"] = True
        content["coverage"][0]["covered"] = not lost
        said = f"They cover {count - lost} of {count} results of the paper and touch 4 of 4"
        assert said in verdict(content, None)


def test_the_newest_run_tells_what_does_not_fit_before_its_table() -> None:
    content, card = timed_content(), drawn.kept(CARD)
    needs = (
        "The paper's direction of perturbations needs a correction; no other of its results does."
    )
    direction = f"\n- **{needs}**\n  - **The "
    assert f"no statement failed; of the paper, not all fits:\n{direction}" in verdict(
        content, None
    )
    first = content["chapters"][0]["statements"][0]
    first["verdict"] = "refuted"
    told = verdict(content, card)
    assert (
        f"\n**What does not fit:** {first['id']} is refuted; of the paper, not all fits ([its "
        in told
    )
    assert card is not None
    rows = for_readme.read(CARD / drawn.VALUES)
    rows_of_table = [" | ".join(row) for row in answers.against(card, rows)]
    against = [*rows_of_table, *answers.weak_evidence(card["summary"])]
    assert len(against) > 1
    assert all(said in told for said in against)
    assert "(gpu.md)" in told
    assert listed(content, card).startswith(told)


def test_an_error_of_zero_is_explained_where_there_is_one() -> None:
    content = timed_content()
    chapter, others = content["chapters"][0], content["chapters"][1:]
    page = (run_in_words.ROOT / "docs" / "identities.md").read_text(encoding="utf-8")
    for one in [s for other in others for s in other["statements"]] + chapter["statements"]:
        one["cells"]["error"] = "0.1"
    for shown in ("0.1", "0"):
        chapter["statements"][0]["cells"]["error"] = shown
        for told in (holds(chapter, page), listed(content, None)):
            assert (f"; *none*: {run_in_words.OF_ZERO}" in told) is (shown == "0")
            assert ("| none |" in told) is (shown == "0")
            assert "| 0 |" not in told


def test_the_page_of_agreement_tells_where_it_failed_in_the_paper_s_figures() -> None:
    rows = for_readme.read(CARD / drawn.VALUES)
    page = update_readme.AGREEMENT.read_text(encoding="utf-8")
    assert update_readme.beside_trained(rows) in page
    card = (run_in_words.ROOT / "docs" / "gpu.md").read_text(encoding="utf-8")
    assert drawn.by_training(rows).rstrip(".") in card


def test_the_page_of_agreement_says_what_does_not_fit_before_its_table() -> None:
    told, page = update_readme.of_predictions(), update_readme.AGREEMENT
    text = page.read_text(encoding="utf-8")
    off = [abs(a - b) for a, b in for_readme.pairs(for_readme.read(CARD / drawn.VALUES))]
    assert f" 0.03 off at {sum(one > 0.03 for one in off)} of {len(off)} points (at" in told
    assert f"(at {sum(one > 0.1 for one in off)} by more than 0.1)" in told
    (chapter,) = [c for c in timed_content()["chapters"] if c["name"] == "Agreement"]
    assert page == update_readme.ROOT / REGISTRY.statement(chapter["statements"][0]["id"]).proof
    for shown in (text, holds(chapter, text, told)):
        assert shown.index("**How sure:**") < shown.index(f"\n\n{told}\n\n|")
    near = [{"panel": "one", "series": "agreement", "predicted": 0.5, "mean": 0.5}]
    assert answers.of_agreement(near) == ""
    assert " at 1 of 2 points. " in answers.of_agreement([*near, near[0] | {"mean": 0.45}])


def test_what_backs_statements_is_counted() -> None:
    content = timed_content()
    every = statements_of(content)
    exact = [s for s in REGISTRY.statements.values() if s.basis == EXACT]
    told = backed(every)
    page, anchor = run_in_words.BACKING.split("#")
    assert told.startswith(f"{len(exact)} [exact]({page}#{anchor}), by proof or definition, ")
    headings = (run_in_words.ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    assert f"### {anchor.replace('-', ' ').capitalize()}" in headings
    counts = [int(n) for n in re.findall(r"(\d+) (?:\[exact|limits|heuristics)", told)]
    assert sum(counts) == len(every)
    assert f"statements: {told}. They cover 9 of 9 results" in verdict(content, None)
    assert backed([s for s in every if s["id"] in ("P6", "E1")]).endswith(
        "by proof or definition, 1 heuristic (tests alone support them)"
    )


def test_a_chapter_s_page_says_of_each_statement_what_backs_it_where_not_all_are_alike() -> None:
    by_name = {chapter["name"]: chapter for chapter in timed_content()["chapters"]}
    for name in ("Exact identities", "Limits and rates", "Agreement"):
        chapter = by_name[name]
        proof = REGISTRY.statement(chapter["statements"][0]["id"]).proof
        page = (run_in_words.ROOT / proof).read_text(encoding="utf-8")
        told = holds(chapter, page)
        marked = re.findall(r"^\| \[(\w+)\].* [*(](limit|heuristic)(?:\*|\)\.) \|", told, re.M)
        bases = {s.id: s.basis for s in REGISTRY.statements.values() if s.proof == proof}
        assert dict(marked) == {i: basis for i, basis in bases.items() if basis != EXACT}
        assert f": {backed(chapter['statements'])}.\n" in told
        widths = {line.count("|") for line in told.splitlines() if line.startswith("|")}
        assert len(widths) == 1
    assert "settings (heuristic). |" in told


def test_a_chapter_s_table_is_in_the_order_of_its_page_and_says_which_controls_it_counts() -> None:
    for chapter in timed_content()["chapters"]:
        proof = REGISTRY.statement(chapter["statements"][0]["id"]).proof
        page = (run_in_words.ROOT / proof).read_text(encoding="utf-8")
        told = holds(chapter, page)
        rows = re.findall(r"^\| \[(\w+)\]", told, re.M)
        headings = re.findall(r"^##+ (\w+): ", page, re.M)
        assert rows == [one for one in headings if one in rows]
        assert "| error | controls tried in this run |" in told


def test_the_end_of_a_run_is_quoted_whole_in_pieces_that_answer_a_question_each() -> None:
    content = timed_content()
    told = summarise(content, NARROWEST)
    pieces = quoted(told)
    assert list(pieces) == ["what holds", "how sure", "how near", "what failed"]
    holds, sure, near, failed = (text.splitlines()[1:-1] for text in pieces.values())
    whole = (" ".join(" ".join(lines).split()) for lines in (holds, sure, failed))
    supported, refuted, misfits = whole
    assert "statements supported" in supported
    assert refuted.startswith("how sure: ")
    assert "wrong on purpose (controls) refuted" in refuted
    assert near[0].split()[:2] == ["holds", "error"]
    assert misfits.startswith("what does not fit: no statement refuted R3 corrects the")
    assert f"{EARLIER}: {FIGURES}" in misfits
    assert "results covered" not in misfits  # what follows answers nothing
    start = [*holds, "", *sure, "", *near, "", *failed]
    assert told.strip().splitlines()[: len(start)] == start
    page = update_readme.READING.read_text(encoding="utf-8")
    places = [page.index(f"<!-- {name}: begin (make readme) -->\n```text\n") for name in pieces]
    assert places == sorted(places)
    assert places[-1] < page.index("\n## ")


def test_a_chapter_s_row_names_statements_and_controls_only_if_not_all_are_as_stated() -> None:
    content = timed_content()
    start, *rows = chapters(content).splitlines()
    assert start.startswith(f"All {len(REGISTRY.statements)} in [the newest run](")
    assert len(rows) == 1 + len(REGISTRY.chapters)
    first = content["chapters"][0]
    tried = sum(s["controls"] for s in first["statements"])
    proof = REGISTRY.statement(first["statements"][0]["id"]).proof
    named, count = f"- **[{first['name']}]({proof})", len(first["statements"])
    assert rows[1] == f"{named}, all {count}.** {first['about']}"
    first["statements"][0]["controls_refuted"] -= 1
    missed = f", {tried - 1} of {tried} controls"
    assert f"{named}, all {count}{missed}.** {first['about']}\n" in chapters(content)
    first["statements"][0]["verdict"] = "refuted"
    assert f"{named}, {count - 1} of {count} supported{missed}.** " in chapters(content)
    every = len(REGISTRY.statements)
    assert chapters(content).startswith(f"{every - 1} of {every} in [the newest run](")


def test_a_chapter_s_row_counts_what_is_not_exact() -> None:
    told = f"{chapters(timed_content())}\n"
    for chapter in REGISTRY.chapters:
        bases = [s.basis for s in chapter.statements]
        counts = [(bases.count(basis), basis) for basis in (LIMIT, HEURISTIC)]
        some = "".join(f" {n} of {len(bases)} are {basis}s." for n, basis in counts if n)
        assert f"), all {len(bases)}.** {chapter.sentence}{some}\n" in told


def test_where_the_time_of_a_run_went_is_told_down_to_one_percent() -> None:
    parts = [("search", 15.0, 0.75), ("short", 0.02, 0.001), ("rest", 4.98, 0.249)]
    spent = {
        "wall": 10.0,
        "processes": 2,
        "examples": 7,
        "parts": [{"name": n, "seconds": s, "share": share} for n, s, share in parts],
    }
    told = default_run(spent)
    assert "| search | 75% | 15 |\n| rest | 25% | 5 |\n" in told
    assert told.endswith("10 s in 2 processes; 7 examples in searches.")


def test_the_figures_of_two_cores_are_told_from_those_of_a_card() -> None:
    told = beside_a_card({"card": "NVIDIA Example"})
    assert "not the run on NVIDIA Example that README quotes" in told


def test_the_figures_of_two_cores_are_folded_beside_those_of_a_card(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(update_readme, "in_markdown", lambda found: f"{found['points']} points")
    found = {"points": 9}
    assert update_readme.of_figures(found, None) == "9 points"
    told = update_readme.of_figures(found, {"card": "NVIDIA Example"})
    assert told.startswith(beside_a_card({"card": "NVIDIA Example"}))
    assert told.endswith("<summary>What they found</summary>\n\n9 points\n\n</details>")


def test_a_chapter_s_page_says_what_was_refuted_and_what_corrects_the_paper() -> None:
    by_name = {chapter["name"]: chapter for chapter in timed_content()["chapters"]}
    for name, more in (
        ("Exact identities", ""),
        ("Limits and rates", "; [R3 corrects the paper]("),
    ):
        chapter = by_name[name]
        proof = REGISTRY.statement(chapter["statements"][0]["id"]).proof
        page = (run_in_words.ROOT / proof).read_text(encoding="utf-8")
        assert f"\n**What does not fit:** nothing was refuted{more}" in holds(chapter, page)
        first = chapter["statements"][0]
        first["verdict"] = "refuted"
        assert f"\n**What does not fit:** {first['id']} is refuted" in holds(chapter, page)


def test_only_an_image_is_shown_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_readme, "PICTURES", tmp_path)
    row = {name: [0.0, 1.0, -1.0, 0.5] for name in ("sample", "perturbation", "sum", "start")}
    example: dict[str, Any] = {"configuration": {"data": {"family": "gaussian"}}}
    example["rows"] = [row | {"label": 1}, row | {"label": -1}]
    for shown in (None, example):
        explain(shown)
        assert not list(tmp_path.iterdir())
    example["configuration"]["data"]["family"] = "mnist"
    explain(example)
    assert imread(tmp_path / update_readme.EXPLAINED).shape[1] == 960


def test_a_chapter_s_page_says_that_a_run_tries_some_of_the_controls_it_lists() -> None:
    chapter = timed_content()["chapters"][0]
    page = (run_in_words.ROOT / "docs" / "identities.md").read_text(encoding="utf-8")
    known = sum(len(REGISTRY.controls_of(s["id"])) for s in chapter["statements"])
    first, *others = chapter["statements"]
    for tried in (known - 1, known):
        first["controls"] = tried - sum(s["controls"] for s in others)
        told = holds(chapter, page)
        assert (f"purpose (of {known}; each run tries some)." in told) is (tried < known)


def test_readme_has_the_picture_before_the_commands_and_the_site_has_it_once() -> None:
    start, _ = README.read_text(encoding="utf-8").split("```sh", 1)
    front = (run_in_words.ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    (end,) = re.findall(r'# perturbation-verifier"\n:end-before: "(.*)"', front)
    assert start.count(EXPLAINED) == front.count(EXPLAINED) == 1
    assert EXPLAINED not in start.split(end)[0]
