"""README's first screen has few numbers, each as it was found, and claims no more than that."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.gpu import drawn, for_readme
from docs import misfits as told_of
from docs import run_in_words
from docs.first_screen import claim, cost, in_a_line, opening, site_s_start
from docs.misfits import nearer, weak
from docs.run_in_words import CARD
from docs.update_readme import README
from tests.report.records import whole_record
from verifier.report.content import gather, statements_of
from verifier.reproduction import one_draw
from verifier.statements import EXACT, HEURISTIC, LIMIT, REGISTRY
from verifier.suite import certificate

G = for_readme.NETWORKS["g"]
LEFT_OPEN = 4
"""Questions of the paper."""


@pytest.fixture
def content() -> dict[str, Any]:
    return gather(whole_record())


@pytest.fixture
def card() -> dict[str, Any]:
    """What is kept of the figures' run on a GPU."""
    found = drawn.kept(CARD)
    assert found is not None
    return deepcopy(found)


def test_what_holds_is_counted_by_what_backs_it(content: dict[str, Any]) -> None:
    bases = [statement.basis for statement in REGISTRY.statements.values()]
    exact, limits, heuristics = (bases.count(basis) for basis in (EXACT, LIMIT, HEURISTIC))
    told, *_ = opening(content, None).split("\n\n")
    assert told.startswith(f"**What holds:** all {len(bases)} statements, each on many random ")
    assert f": {exact} [exact](" in told
    assert f"definition, {limits} limits of wide networks, {heuristics} heuristics that" in told
    statements_of(content)[0]["verdict"] = "refuted"
    told, _, _, fits, *_ = opening(content, None).split("\n\n")
    assert f" {len(bases) - 1} of {len(bases)} statements, each" in told
    first = statements_of(content)[0]["id"]
    assert fits.startswith(f"**What does not fit:** {first} is refuted. **The paper's direction ")


def test_a_result_without_its_controls_is_not_counted_as_covered(content: dict[str, Any]) -> None:
    count = sum(not result["is_open"] for result in content["coverage"])
    for covered, said in ((True, f"all {count}"), (False, f"{count - 1} of {count}")):
        for result in content["coverage"]:
            result["covered"] = True
        content["coverage"][-1 - LEFT_OPEN]["covered"] = covered
        told = opening(content, None)
        assert f" cover {said} [results of the paper](" in told
        assert (
            f" add to them; all {LEFT_OPEN} questions it leaves open are answered in part." in told
        )


def test_statements_that_carry_a_result_of_the_paper_are_told_from_additions(
    content: dict[str, Any],
) -> None:
    carries = [statement.carries for statement in REGISTRY.statements.values()]
    papers = sum(not all(result.is_open for result in results) for results in carries)
    told = opening(content, None)
    assert f" support. {papers} cover all 9 [results of the paper](" in told
    assert f"), {len(carries) - papers} add to them; " in told


def test_headings_that_it_leads_to_are_there(card: dict[str, Any]) -> None:
    led = (
        *(run_in_words.BACKING, run_in_words.BAD_LUCK, told_of.RESULTS),
        *(told_of.SHARPENED, told_of.SUM, told_of.EXACTLY),
        *(told_of.AGREEMENT, told_of.DIRECTIONS),
    )
    for link in led:
        page, anchor = link.removeprefix("docs/").split("#")
        lines = (run_in_words.ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
        headings = [
            line.lstrip("# ").replace(":", "").lower() for line in lines if line.startswith("##")
        ]
        assert anchor.replace("-", " ") in headings, link


@pytest.mark.parametrize("whole", [True, False])
def test_how_sure_claims_no_more_than_was_tried_and_proved(
    content: dict[str, Any], whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "kept", lambda: {"version": "1"} if whole else {})
    content["false_alarms"] |= {"budget": 1e-3}
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    assert "make verify` tries" not in opening(content, None)  # all were tried
    first = statements_of(content)[0]
    first |= {"controls": first["controls"] - 1, "controls_refuted": first["controls"] - 1}
    _, refuted, tried = run_in_words.tally(statements_of(content))
    told = opening(content, None)
    broken = "deliberately broken implementations and formulas"
    seen = f"the checks refuted {refuted} of the {tried} {broken} that were tried."
    if whole:
        seen = (
            f"in a full run the checks refuted all {known} {broken}; `make verify` tries {tried}."
        )
    assert seen in told
    assert seen in site_s_start(content, None)
    rounding = "Rounding can fail one, too; [how often](docs/reading"
    assert f"a true one in at most one of 1,000 runs. {rounding}" in told
    assert "**How sure:** passing supports a statement; it does not prove it.\n\n- " in told
    first["controls_refuted"] -= 1
    assert f"refuted {refuted - 1} of the {tried} deliberately" in opening(content, None)


def test_how_sure_says_which_statements_the_false_alarms_are_of(content: dict[str, Any]) -> None:
    every = statements_of(content)
    for one in every:
        one["tests"] = 0
    every[0]["tests"] = 1
    told = opening(content, None)
    assert f" {len(every) - 1} statements need no statistics; the tests of the other 1 " in told
    assert " other 1 together refute a true one in at most one of " in told


def test_how_sure_the_figures_are_counts_wrong_values_that_fit(
    content: dict[str, Any], card: dict[str, Any]
) -> None:
    stable = card["summary"]["g"]["stable"]
    said = "published values of g that hardly change with the seed fit, but so would at least "
    assert f" test:** all {stable} {said}96% of values made" in weak(card)
    _, sure, said, fits, *_ = opening(content, card).split("\n\n")
    assert (sure[:13], fits[:20]) == ("**How sure:**", "**What does not fit:")
    assert [line[:9] for line in said.splitlines()] == ["- **Broke", "- **False", "- **The p"]
    assert said.endswith(f"\n- {weak(card)}")
    card["summary"]["g"]["matched"] -= 1
    assert f" test:** {stable - 1} of {stable} published" in weak(card)
    card["summary"]["controls"] = [{"matched": [9, 9], "stable": [10, 10]}]
    assert weak(card).endswith(" at least 90% of values made wrong on purpose.")
    card["summary"]["controls"] = []
    assert weak(card) == ""
    assert "weak test" not in opening(content, card)


def test_the_correction_of_the_paper_is_told_first_while_it_is_supported(
    content: dict[str, Any], card: dict[str, Any]
) -> None:
    def told(card: dict[str, Any] | None) -> str:
        return opening(content, card).split("**What does not fit:**")[1]

    needs = "**The paper's direction of perturbations needs a correction; no other of its results"
    said = f" no statement failed. {needs} does.**"
    by_us = f"([result 1]({told_of.RESULTS}), by our numbering)"
    drawn_beside = f"of them. Labels are random; with labels by class, {nearer()}.*"
    for found in (told(card), told(None)):
        assert found.startswith(f"{said}\n\n- **The paper says** {by_us}: ")
        assert (
            f", all that training adds to the gradient [tends to *h*]({told_of.SHARPENED})" in found
        )
        assert "), *s* plus that change." in found
        assert "\n- **True of one part:** the gradient is, [exactly](" in found
        assert '\n\n<img src="docs/pictures/directions.png" width="320" alt=' in found
        assert drawn_beside in found
    assert "; [the paper's direction needs a correction](limits.md#r3-" in site_s_start(
        content, card
    )
    (direction,) = (s for s in statements_of(content) if s["id"] == "R3")
    for verdict in ("refuted", "not run"):
        direction["verdict"] = verdict
        assert "*h*" not in told(card)
        assert "correct" not in opening(content, card) + site_s_start(content, card)
    assert told(None) == " R3 is not run."


def test_what_is_observed_has_chance_and_the_draws_that_stay_there_beside_it(
    card: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = for_readme.SIZE
    values = {"standard": (0.9, 0.8, 0.7), "perturbation": (0.5, 0.625, 0.6)}
    rows = [
        {"panel": where, "series": series, "x": x, "mean": mean + (where != panel)}
        for where in ("another", panel)
        for series, means in values.items()
        for x, mean in enumerate(means)
    ]
    first = one_draw.of_figures(card)[0]
    fewer = replace(first, of_g=((0.1, (0.5, 0.5, 0.5)), (0.2, (0.9, 0.4, 0.5, 0.52, 0.54))))
    monkeypatch.setattr(one_draw, "draws", lambda: {first.title: fewer})
    samples = "gets 60.0% of *f*'s training samples right in [Fashion-MNIST 0 vs 9](docs/gpu.md), "
    assert f"{samples}where chance is 50%. How well depends on the draw:" in claim(card, rows)
    draws = f"of {first.seeds} random draws of [Mean-shifted Gaussian](docs/one-draw.md) 2"
    assert claim(card, rows).endswith(f"{draws} stay near 50%.")
    monkeypatch.setattr(one_draw, "draws", dict)
    assert claim(card, rows).endswith(", where chance is 50%.")


def test_one_line_before_any_detail_says_what_holds_and_what_does_not(
    content: dict[str, Any],
) -> None:
    every = len(REGISTRY.statements)
    told = in_a_line(content)
    checked = (
        f"{every} statements checked here hold, as far as tests show. Of the paper's 9 results"
    )
    ours = f"one, its [direction of perturbations]({told_of.SHARPENED}), did"
    assert told == f"**All {checked} 8 needed no correction; {ours}.**"
    text = README.read_text(encoding="utf-8")
    assert f"<!-- claim: begin (make readme) -->\n{told}\n\n**What is seen:**" in text
    (direction,) = (s for s in statements_of(content) if s["id"] == "R3")
    direction["verdict"] = "refuted"
    told = in_a_line(content)
    assert told == f"**{every - 1} of {checked} 9 needed no correction.**"


def test_the_site_s_start_has_the_three_answers_and_leads_to_more(
    content: dict[str, Any], card: dict[str, Any]
) -> None:
    holds, sure, fits = site_s_start(content, card).splitlines()
    every = len(REGISTRY.statements)
    assert holds.startswith(f"- **What holds:** all {every} statements, [each in a line](")
    assert holds.endswith("(README.md#the-paper-and-its-results), one with a correction.")
    assert sure.startswith("- **How sure:** [tests support, and do not prove](reading")
    assert fits.startswith("- **What does not fit:** no statement failed; [the paper's direct")
    assert fits.endswith(
        "are off](gpu.md), likely one random draw per figure or training too long for the width; "
        "of some it is not known why."
    )
    assert "figures" not in site_s_start(content, None).splitlines()[2]
    front = (run_in_words.ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert front.index(f"{holds}\n") < front.index(f"{fits}\n") < front.index("**From here:**")


def test_readme_opens_with_the_newest_numbers(card: dict[str, Any]) -> None:
    trained = for_readme.read(CARD / drawn.VALUES)
    text = README.read_text(encoding="utf-8")
    seen = claim(card, trained)
    assert f"\n{seen}\n<!-- claim: end -->" in text
    front = (run_in_words.ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert seen.replace("](docs/", "](") in front


def test_below_the_commands_stands_what_they_need_and_how_long_they_take(
    content: dict[str, Any],
) -> None:
    content["wall_time"] = {"wall": 9.4}
    content["run"]["about"] |= {"processes": 3}
    told = "9 s on 3 cores and ends with an HTML report."
    assert cost(content).endswith(told)
    start, _ = README.read_text(encoding="utf-8").split("## ", 1)
    assert cost(content).removesuffix(told) in start.split("make test ")[1]
