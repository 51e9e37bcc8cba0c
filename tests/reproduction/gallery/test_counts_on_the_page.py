"""Each count on the page is of what its words say: of these values, these panels, these seeds."""

from __future__ import annotations

import re
from typing import Any

from verifier.reproduction.gallery.page import page


def text_of(content: dict[str, Any], *figures: dict[str, Any], **changed: Any) -> str:
    return " ".join(page({**content, "figures": [*figures], **changed}).split())


def panels_of(figure: dict[str, Any], *reduced: bool) -> dict[str, Any]:
    first = figure["items"][0]
    items = [{**first, "name": f"p{k}", "reduced": r} for k, r in enumerate(reduced)]
    return {"items": items, "lead": "p0"}


def test_a_card_s_counts_say_of_how_many_panels_they_are(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    g = {**figure["g"], "above": 4, "below": 3, "outside": 3, "chaotic": 7}
    for reduced, said in (
        ([False], "."),
        ([False, True], "."),
        ([False, False], ", in both panels."),
        ([False, False, True], ", in both panels of published size."),
        ([False, False, False], ", in all 3 panels."),
    ):
        for side, other in (("above", "below"), ("below", "above")):
            counts = {**g, side: 4, other: 3}
            text = text_of(content, {**figure, **panels_of(figure, *reduced), "g": counts})
            assert f"7 of g not judged, as seeds differ: 4 lie {side} ours{said}" in text
        panels = "The panel" if len(reduced) == 1 else f"All {len(reduced)} panels"
        assert f"<summary>{panels} in full</summary>" in text


def test_a_card_says_how_many_stable_values_fit(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    one = {**figure, **panels_of(figure, False)}
    below = "<b>7 of g not judged, as seeds differ: 7 lie below ours</b>."
    for fits, chaotic, said in (
        ((9, 9), 0, "all 9 judged values fit.</p>"),
        ((8, 9), 0, "8 of 9 judged values fit.</p>"),
        ((8, 9), 7, f"8 of 9 judged values fit; {below}"),
        ((9, 9), 7, "all 9 judged values fit; <b>7 of g not judged, as seeds differ: 7 lie below"),
        (None, 7, below + "</p>"),
        (None, 0, "no value can be judged.</p>"),
    ):
        g = {**figure["g"], "above": 0, "below": chaotic, "chaotic": chaotic}
        text = text_of(content, {**one, "fits": fits, "g": g})
        assert f"<p><b>Published:</b> {said}" in text


def test_a_card_counts_predictions_of_both_that_are_off_and_cosines_where_they_are_drawn(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    off = {"far": 5, "of": 20, "accuracy": [2, 10], "agreement": [3, 10]}
    row = {"series": "cossim", "stable": 8, "far": 3}
    row["farthest"] = content["summary"]["chaotic"][0]
    summary = {**content["summary"], "predicted": [row]}
    text = text_of(content, {**figure, "off_g": off}, summary=summary)
    panels = len(figure["items"])
    assert panels > 1
    assert f"<b>Predicted:</b> 5 of 20 off, in all {panels} panels.</p>" in text
    lone = {**figure, "off_g": off, "items": figure["items"][:1]}
    assert "<b>Predicted:</b> 5 of 20 off.</p>" in text_of(content, lone)
    assert (
        "<b>Predicted:</b> 3 of 8 values of |cos|" not in text
    )  # of cosines, which are not drawn here
    text = text_of(content, {**figure, "name": "cossim"}, summary=summary)
    said = "perturbations are more than 0.03 off at 3 of 8 where seeds hardly differ</h3>"
    assert f"The theory&#39;s directions of {said}" in text


def test_the_share_that_fits_is_of_so_many_runs(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    text = text_of(content, figure, seeds=[1, 3])
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
    assert "Farthest: predicted 0.875, trained 0.125, at " in told


def test_where_no_value_is_stable_it_is_said_why(content: dict[str, Any]) -> None:
    summary = {**content["summary"], "stable": 0, "misses": []}
    for run, said in (
        (0, "nothing was run at published size. Only the shapes can be looked at."),
        (5, "at none do our seeds hardly differ, as far as 10 of them were run."),
    ):
        changed = {"summary": summary, "run": run, "run_reduced": 3}
        text = text_of(content, *content["figures"][1:], **changed)
        held = text.partition("<h2>What holds</h2>")[2].partition("</div>")[0]
        assert held.strip() == f"<p>No published value was tested: {said}</p>"


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
        assert ("; README's counts are of <a" in text) == told
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
    judged = "only where 10 seeds of ours were run and their standard deviation is at most 0.05."
    assert judged in text
    assert "<b>21 judged,</b> as 10 seeds of ours hardly differ: " in text
    assert "Of 170 published values that could be read:" in text
    assert "<b>49 not judged:</b>" in text
    absent = "<b>100 not compared:</b> not trained here as published, among them all 80 of (b)</li>"
    assert absent in text
    widths = re.findall(r'<span class="(\w+)" style="flex-grow: (\d+)">(\d+)</span>', text)
    parts = [("judged", "21"), ("unjudged", "49"), ("absent", "100")]
    assert widths == [(kind, n, n) for kind, n in parts]
    summary["readable"] = [{"scenario": "a", "readable": 21, "compared": 21}]
    whole = text_of(content, *figures, summary=summary)
    assert 'style="flex-grow: 21"' in whole
    assert not re.search("<b>[^<]* not (judged|compared):</b>|flex-grow: 0", whole)


def test_how_well_g_does_from_samples_is_told_at_the_ends_of_the_panels(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    claim = content["figures"][0]
    held = {**claim, "holds": [{**claim["holds"][0], "title": "told"}]}

    def ends_of(first: float, last: float, **changed: Any) -> dict[str, Any]:
        told = {
            "first": "d = 2",
            "is_better": False,
            "last": "d = 7",
            "beyond": "",
            "is_reduced": False,
            "rise": 2,
            "seeds": 3,
        }
        return {**told, "of_g": [first, last], **changed}

    ends = [
        ("-b", ends_of(0.5, 0.25)),
        ("-a", ends_of(0.5, 0.9)),
        ("-b", ends_of(0.125, 0.75, rise=3, is_better=True)),
        ("-b", None),
        ("-a", ends_of(0.5, 0.8, beyond="9", is_reduced=True)),
        ("-a", None),
    ]
    names = ["low (b)", "told", "high (b)", "none", "other (a)", "none"]
    figures = [
        {**figure, "name": f"n{k}", "title": name, "scenario": s, "ends": end}
        for k, (name, (s, end)) in enumerate(zip(names, ends, strict=True))
    ]
    several = text_of(content, held, *figures, seeds=[3, 3])
    told = "<b>From samples with perturbations added (b)</b>"
    assert several.partition(told)[2].startswith(
        " every seed is better at the last point than at the first in high; "
        "that is not shown in low.</p>"
    )
    card = several.partition('<article class="card" id="n2"')[2].partition("</article>")[0]
    assert "<summary>3 figures; in 1 g is better at the end in every seed</summary>" in several
    level = {**figures[2], "ends": ends_of(0.751, 0.749, rise=0)}
    assert "<b>g:</b> 75% at d = 2, 75% at d = 7.</p>" in text_of(content, held, level)
    assert "<b>g:</b> 12% at d = 2, 75% at d = 7: higher in 3 of 3 seeds.</p>" in card
    others = (
        "<b>Mean of 3 seeds</b> of other (a), d = 7 (reduced): g 80% (the paper goes on to 9)</li>"
    )
    assert others in several.replace("\N{NO-BREAK SPACE}", " ")
    few_images = text_of(content, held, {**figures[4], "obstacle": "few images"})
    assert "(few images): g 80% (the paper goes on to 9)" in few_images
    places = [several.index(f'<article class="card" id="n{k}"') for k in (1, 4, 2, 0)]
    assert places == sorted(places)
    assert "in the order of how well g does at the end of the panel" in several
    few = text_of(content, held, figures[1], figures[3])
    for said in (told, "<b>Mean of ", "in the order of how well"):
        assert said not in few


def test_what_no_perturbation_means_is_told_of_figures_that_show_it(
    content: dict[str, Any], figure: dict[str, Any]
) -> None:
    for at_zero in ("", "at ε = 0 it gets 62%"):
        text = text_of(content, {**figure, "scenario": "-b", "at_zero": at_zero})
        assert ("<b>Without perturbations:</b>" in text) == bool(at_zero)


def test_a_published_cosine_misses_as_ours_does_where_it_is_near_it(
    content: dict[str, Any],
) -> None:
    farthest = {**content["summary"]["chaotic"][0], "predicted": 0.75, "mean": 0.5}
    for published, alike in ((0.52, True), (0.48, True), (0.6, False), (0.4, False)):
        row = {"series": "cossim", "stable": 8, "far": 3}
        row["farthest"] = {**farthest, "published": published}
        summary = {**content["summary"], "predicted": [row]}
        text = text_of(content, *content["figures"], summary=summary)
        at = "<b>The published value misses it as ours does:</b> at the farthest," * alike
        said = f"{at or 'Farthest:'} predicted 0.750, ours 0.500, published {published:.3f}. "
        assert said in text


def test_chaotic_values_are_counted_and_those_outside_are_red(content: dict[str, Any]) -> None:
    summary = content["summary"]
    first = {**summary["chaotic"][0], "deviations_apart": 0.1}
    rows = [{**first, "is_outside": k == 0} for k in range(3)]
    g = {**summary["g"], "chaotic": 40, "outside": 7, "above": 5}
    changed = {**summary, "chaotic": rows, "chaotic_published_above": 2, "g": g}
    text = text_of(content, *content["figures"], summary=changed)
    told = text.partition('id="chaotic"')[2].partition("</details>")[0]
    assert "above our mean at 2 of 3 of them" in told
    assert "Of g's 40, 7 lie outside the band of our seeds, by chance about 2, and" in told
    marked = re.findall('<td class="n( verdict-off)?" data-label="ours"', told)
    assert [bool(red) for red in marked] == [True, False, False]


def test_bars_by_time_and_width_have_the_colours_of_their_legend(content: dict[str, Any]) -> None:
    off = {"far": 5, "of": 20, "accuracy": [2, 10], "agreement": [3, 10]}
    figures = [{**f, "off_g": off} for f in content["figures"] if f["name"] == "shifted-gauss-a"]
    text = text_of(content, *figures, lengths={"picture": "<svg></svg>"})
    legend = dict(re.findall(r'<span class="swatch (of-\w+)"></span> ([\w ]+)</li>', text))
    assert legend == {"of-g": "accuracy of g", "of-both": "agreement of f and g"}


def test_distances_are_counted_by_series(content: dict[str, Any]) -> None:
    row = {**content["summary"]["series"][0], "within": 6, "wide": 4, "inside": 3, "near": 2}
    summary = {**content["summary"], "series": [{**row, "stable": 9}]}
    text = text_of(content, *content["figures"], summary=summary)
    for what, told in (("fit", "5 of 9"), ("within", "6"), ("wide", "4")):
        assert f'data-label="{what}">{told}</td>' in text
