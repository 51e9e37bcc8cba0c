"""Each count on the page is of what its words say: of these values, these panels, these seeds."""

from __future__ import annotations

import re
from typing import Any

import pytest

from verifier.reproduction.gallery.page import page


@pytest.fixture
def figure(content: dict[str, Any]) -> dict[str, Any]:
    (found,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    return found


def text_of(content: dict[str, Any], *figures: dict[str, Any], **changed: Any) -> str:
    return " ".join(page({**content, "figures": [*figures], **changed}).split())


def panels_of(figure: dict[str, Any], *reduced: bool) -> dict[str, Any]:
    first = figure["items"][0]
    items = [{**first, "name": f"p{k}", "reduced": r} for k, r in enumerate(reduced)]
    return {"items": items, "lead": "p0"}


def test_a_card_s_counts_say_of_how_many_panels_they_are(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    g = {**figure["g"], "above": 4, "outside": 3, "chaotic": 7}
    for reduced, said in (
        ([False], "."),
        ([False, True], "."),
        ([False, False], ", in all 2 panels."),
        ([False, False, True], ", in all 2 panels of published size."),
    ):
        text = text_of(content, {**figure, **panels_of(figure, *reduced), "g": g})
        assert f"published ones are above ours at 4 of 7{said}" in text
        panels = "The panel" if len(reduced) == 1 else f"All {len(reduced)} panels"
        assert f"<summary>{panels} in full, and what is behind</summary>" in text


def test_a_card_says_how_many_stable_values_fit_where_not_all_do_or_nothing_else_is_told(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    one = {**figure, **panels_of(figure, False)}
    end = " published values fit where seeds hardly differ. "
    for fits, chaotic, said in (
        ((9, 9), 0, "All 9"),
        ((8, 9), 0, "8 of 9"),
        ((8, 9), 7, "8 of 9"),
        ((9, 9), 7, None),
    ):
        g = {**figure["g"], "above": 0, "chaotic": chaotic}
        text = text_of(content, {**one, "fits": fits, "g": g})
        assert (end in text) == bool(said)
        assert said is None or f"{said}{end}" in text


def test_a_card_counts_predictions_of_both_that_are_off_and_cosines_where_they_are_drawn(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    off = {"far": 5, "of": 20, "accuracy": [2, 10], "agreement": [3, 10]}
    row = {"series": "cossim", "stable": 8, "far": 3}
    row["farthest"] = content["summary"]["chaotic"][0]
    summary = {**content["summary"], "predicted": [row]}
    text = text_of(content, {**figure, "off_g": off}, summary=summary)
    assert "differ by more than 0.03 at 5 of 20 accuracies" in text
    assert "In all panels ours is more than" not in text  # of cosines, which are not drawn here


def test_one_seed_is_no_mean(content: dict[str, Any], figure: dict[str, Any]) -> None:
    for seeds, ours in (([1, 1], "our seed"), ([1, 3], "mean of our seeds")):
        text = text_of(content, figure, seeds=seeds)
        assert f'<span class="perturbation">g</span>, {ours}; ' in text
    assert "describes 3 runs of ours beside one of theirs" in text


def test_predictions_are_told_by_figure_those_with_most_far_off_first(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    counts = {"few": ([1, 11], [0, 12]), "most": ([2, 13], [3, 14]), "none": ([0, 15], [0, 16])}
    figures = [
        {**figure, "name": name, "title": name}
        | {"off_g": {"far": g[0] + both[0], "of": 9, "accuracy": g, "agreement": both}}
        for name, (g, both) in counts.items()
    ]
    farthest = {**content["foretold"]["farthest"], "predicted": 0.875, "mean": 0.125}
    foretold = {**content["foretold"], "half": 0.01, "most": 0.02, "farthest": farthest}
    text = text_of(content, *figures, foretold=foretold)
    told = text.partition('id="predictions"')[2].partition("</section>")[0]
    rows = re.findall(r'href="#(\w+)">\1</a></th><td>(.*?)</td><td>(.*?)</td>', told)
    assert rows == [
        ("most", "2 of 13", "3 of 14"),
        ("few", "1 of 11", "0 of 12"),
        ("none", "0 of 15", "0 of 16"),
    ]
    assert "Half are within 0.010, nine of ten within 0.020" in told
    assert "farthest: predicted 0.875, trained 0.125, at " in told


def test_what_holds_says_in_how_many_draws(content: dict[str, Any]) -> None:
    claim, *others = content["figures"]
    for some, said in ((3, ", in 3 of 5 draws.</b>"), (5, "alone.</b>")):
        learnt = {"some": some, "of": 5, "kind": "draw"}
        text = text_of(content, {**claim, "learnt": learnt}, *others)
        held = text.partition("<dt>What holds</dt>")[2].partition("<ul>")[0]
        assert said in held


def test_where_no_value_is_stable_it_is_said_why(content: dict[str, Any]) -> None:
    summary = {**content["summary"], "stable": 0, "misses": []}
    for run, said in (
        (0, "nothing was run at published size. Only the shapes can be looked at."),
        (5, "at none do our seeds hardly differ, as far as 10 of them were run."),
    ):
        changed = {"summary": summary, "run": run, "run_reduced": 3}
        text = text_of(content, *content["figures"][1:], **changed)
        held = text.partition("<dt>What holds</dt>")[2].partition("</div>")[0]
        assert held.strip() == f"<dd>No published value was tested: {said}</dd>"


def test_the_panels_of_the_claim_are_shown_once(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    claim = content["figures"][0]
    for above in (9, 5):  # to one side, and not
        g = {**figure["g"], "above": above, "chaotic": 9}
        text = text_of(content, claim, {**figure, "g": g})
        assert text.count(f'id="{claim["items"][0]["name"]}"') == 1
        assert ('id="one-sided"' in text) == (above == 9)
        assert text.count('id="claim"') == 1


def test_counts_of_a_run_without_a_card_are_told_from_readme_s(content: dict[str, Any]) -> None:
    for device, told in (("cpu", True), ("cuda", False)):
        text = text_of(content, *content["figures"], about={**content["about"], "device": device})
        assert ("<b>This page shows a run on a CPU;" in text) == told
        assert ('id="counts"' in text) == told


def test_how_to_read_it_counts_what_was_compared(content: dict[str, Any]) -> None:
    readable = [
        {"scenario": "a", "readable": 90, "compared": 70},
        {"scenario": "b", "readable": 80, "compared": 0},
    ]
    summary = {**content["summary"], "readable": readable, "stable": 21}
    summary["chaotic"] = summary["chaotic"][:4]
    figures = [{**f, "unjudged": 0} for f in content["figures"]]
    figures[1]["unjudged"], figures[2]["unjudged"] = 6, 5
    rules = {**content["rules"], "near": 0.04, "scatter": 0.05}
    text = text_of(content, *figures, summary=summary, rules=rules, reading_error=0.015)
    assert "are 70 of 90 of scenario (a), 0 of 80 of scenario (b): " in text
    assert ": 21 stable, 4 chaotic, 11 unjudged, of f and of g." in text
    assert "with an error of at most 0.015." in text
    assert "<b>near</b> if it is within 0.04 of our mean" in text
    assert "seeds of ours differ by at most 0.05 (<i>stable</i>)" in text
    assert " Nothing of (b) is compared." in text
    assert "Nothing of (a)" not in text
