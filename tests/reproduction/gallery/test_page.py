"""The gallery's page: it loads nothing, answers first, and says what does not fit."""

import re
from pathlib import Path
from typing import Any

from tests.report.records import HOSTILE, Balanced
from tests.reproduction.results import (
    rising,
)
from verifier.report.html import share
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.illustrations import BEHIND
from verifier.reproduction.gallery.page import gather, page
from verifier.reproduction.panels import published_panels

PANEL = published_panels()["shifted-gauss-a-d"]


def test_the_page_is_whole_and_loads_nothing(content: dict[str, Any]) -> None:
    text = page(content)
    parsed = Balanced(text)
    assert "script" not in parsed.tags
    assert len(parsed.ids) == len(set(parsed.ids))
    report, docs = content["report"]["address"], content["docs"]
    for tag, name, value in parsed.attributes:
        if name not in ("href", "src", "xlink:href") or value.startswith("data:"):
            continue
        if value.startswith("#"):
            assert value[1:] in parsed.ids, (tag, value)
        else:
            assert value.startswith((report, docs, "https://arxiv.org/", "numbers.")), (tag, value)
    css = re.sub(r"data:[^\"]*", "", text)
    assert not re.search(r"@import|url\((?!#)", css)
    alternatives = {("svg", "aria-label"), ("img", "alt")}
    labelled = [value for tag, name, value in parsed.attributes if (tag, name) in alternatives]
    assert len(labelled) == sum(len(f["items"]) for f in content["figures"])
    assert all(len(v) > 40 for v in labelled)
    assert HOSTILE in parsed.words
    for name in ("misses", "chaotic", "recipes", "not-run"):
        assert name in parsed.ids


def test_the_page_links_the_claims_that_a_figure_illustrates(content: dict[str, Any]) -> None:
    text = page(content)
    for claims in BEHIND.values():
        for claim in claims:
            assert f'href="../report.html#{claim}"' in text
    assert "the report of the statements</a> of the run of 2026-11-26 20:22 UTC" in text
    assert "report.html" not in page({**content, "report": None})


def test_the_gallery_opens_with_the_explained_images(content: dict[str, Any]) -> None:
    text = page(content)
    assert text.index('id="explained"') < text.index('id="maps"') < text.index('id="reading"')


def test_it_says_first_what_is_shown_what_holds_and_how_sure_that_is(
    content: dict[str, Any],
) -> None:
    opening, _, rest = page(content).partition("</header>")
    for said in ("What holds", "What does not, and why", "How sure", "What was run"):
        assert f"<dt>{said}</dt>" in opening
    summary = content["summary"]
    g = summary["g"]
    chaotic = f"{g['chaotic']} of {g['chaotic'] + g['stable']}</a> accuracies of g and agree"
    assert chaotic in " ".join(opening.split())
    outside = f"{g['outside']} of the {g['chaotic']} lie outside our band, {g['far']} beyond 2 dev"
    assert outside in opening
    assert f"Of g's {g['outside']} lie outside the shaded band" in " ".join(rest.split())
    assert 'data-label="deviation of 10"' in rest
    text = page(content)
    assert 0 < text.index("A value is <b>chaotic</b> if") < text.index("are chaotic")
    assert rest.index("<figure") < rest.index('id="reading"') < rest.index("<table")


def test_the_headline_is_about_g_and_its_shares_stand_in_the_table(content: dict[str, Any]) -> None:
    controls = [
        {"name": "one", "stable": [5, 10], "matched": [4, 3], "true": [5, 9], "shares": [0.8, 0.3]},
        {"name": "two", "stable": [5, 0], "matched": [5, 0], "true": [5, 0], "shares": [1.0, None]},
    ]
    told = {"chaotic": 7, "above": 6, "higher": 0.2, "outside": 2, "far": 1}
    g = {"stable": 5, "matched": 5, **told}
    counts = {"stable": 15, "matched": 15, "misses": []}
    summary = {**content["summary"], **counts, "g": g, "controls": controls}
    text = page({**content, "summary": summary})
    headline, _, answers = text.partition("<h1>")[2].partition("</h1>")
    assert headline.startswith("No stable published value contradicts us, nor would 80% or more")
    held = answers.partition("<dt>What holds</dt>")[2].partition("</dd>")[0]
    assert "15 of 15</b> published values" in held
    assert "fit, 5 of them of g:" in held
    sure = text.partition("<dt>How sure</dt>")[2].partition("</dd>")[0]
    assert (
        f"{share(0.8)} to {share(1.0)} of them in g's series and {share(0.3)} in the others" in sure
    )
    table = text.partition('id="controls"')[2]
    assert all(f">{share(of)}</td>" in table for of in (0.8, 1.0, 0.3))


def test_what_was_never_judged_or_misses_the_prediction_is_counted_and_listed(
    content: dict[str, Any],
) -> None:
    farthest = {**content["summary"]["chaotic"][0], "predicted": 0.75, "mean": 0.5}
    changed = {
        "unjudged_of_g": {PANEL.name: [30, 4], "cossim-shifted-d": [12, 0]},
        "predicted": [
            {"series": "agreement", "stable": 9, "far": 2, "farthest": farthest},
            {"series": "standard", "stable": 4, "far": 0, "farthest": farthest},
            {"series": "cossim", "stable": 8, "far": 3, "farthest": farthest},
        ],
    }
    text = page({**content, "summary": {**content["summary"], **changed}})
    answer = text.partition("<dt>What does not, and why</dt>")[2].partition("</dd>")[0]
    assert '<a href="#unjudged">4 of 42</a> accuracies of g and agreements with f that' in answer
    assert "would be off if they were stable" in answer
    assert '0.03 off the theory\'s line at <a href="#predicted">3 of 8</a> stable' in answer
    assert f'(<a href="#{PANEL.name}">worst</a>: theory 0.750, ours 0.500' in answer
    assert "2 of 13" not in answer
    assert "Of accuracies and agreements, 2 of 13 are that far off." in text
    assert 'docs/limits.md#r4-the-cosine-over-time">was not measured</a>' in answer
    nowhere = page({**content, "docs": None})
    assert "balanced targets (see “Findings: balanced targets” in the documentation)" in nowhere
    assert '<a href="#shifted-gauss-a">' in answer
    named = "Mean-shifted Gaussian (a), input dimension d, identity loss"
    link = f'<a href="#{PANEL.name}">{named}</a>'
    unjudged, _, predicted = text.partition('<section id="unjudged">')[2].partition("</section>")
    cells = re.findall(r">([^<>]+)</td>", unjudged)
    assert link in unjudged
    assert cells == ["30", "4", "12", "0"]
    row = predicted.partition('id="predicted"')[2].partition("</section>")[0]
    assert link in row
    assert all(f">{cell}</td>" in row for cell in ("2 of 9", "10", "0.750", "0.500"))


def test_a_figure_s_head_says_what_was_not_judged(content: dict[str, Any]) -> None:
    (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    verdicts = {**figure["verdicts"], "unjudged": 1234}
    text = page({**content, "figures": [{**figure, "verdicts": verdicts, "unjudged_off": 5}]})
    assert "; 1\u202f234 unjudged (5 of g's would be off if stable)" in text
    for readable, said in (([0, 0], "no published value was read off"), ([7, 0], "none of 7 pub")):
        changed = {"fits": None, "verdicts": {}, "readable": readable}
        found = page({**content, "figures": [{**figure, **changed, "unread": 0}]})
        assert f"; {said}" in found
    changed |= {"unread": 2}
    said = "none of 9 published values is compared (2 of them could not be read)"
    assert said in page({**content, "figures": [{**figure, **changed}]})


def test_where_it_was_drawn_is_told_from_where_it_was_trained(content: dict[str, Any]) -> None:
    _, trained, drawn = re.split("<h3>(?:Trained|Drawn) on</h3>", page(content))
    assert "neither the card nor the versions" in trained
    for name in ("torch", "commit"):
        assert f"<dt>{name}</dt>" in drawn
        assert f"<dt>{name}</dt>" not in trained
    unknown = page({**content, "drawn": {**content["drawn"], "commit": "unknown"}})
    assert "<dt>commit</dt>" not in unknown


def test_a_figure_has_one_legend_of_all_that_its_panels_show(content: dict[str, Any]) -> None:
    text = page(content)
    assert text.count('<ul class="legend"') == sum(bool(f["legend"]) for f in content["figures"])
    labels = {f["name"]: [part["label"] for part in f["legend"]] for f in content["figures"]}
    assert not labels.pop("explained")
    assert all(len(set(found)) == len(found) > 3 for found in labels.values())
    assert "f and g agree" in labels["maps"]
    assert "|cos|, to the direction" in labels["cossim"]


def test_panels_of_reduced_size_are_folded_behind_the_others(tmp_path: Path) -> None:
    panels = [PANEL, PANEL.reduced(2)]
    results = [r for panel in panels for r in rising(panel, 2, 0.01)]
    text = page(gather(Reproduction(panels=panels, results=results), tmp_path))
    folded = text.index("1 panel of reduced size")
    assert text.index(f'<figure id="{PANEL.name}"') < folded
    assert folded < text.index(f'<figure id="{panels[1].name}"')


def test_a_gallery_of_nothing_is_still_a_page(tmp_path: Path) -> None:
    nothing = gather(Reproduction(panels=[PANEL], results=[]), tmp_path)
    parsed = Balanced(page(nothing))
    assert "0 points run" in parsed.words
    assert "the whole panel" in parsed.words
