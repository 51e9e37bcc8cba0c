"""The gallery's page: it loads nothing, answers first, and says what does not fit."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.report.records import HOSTILE, Balanced
from verifier.report.written import share
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.published import compare
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.illustrations import BEHIND
from verifier.reproduction.gallery.page import gather, page
from verifier.reproduction.one_draw import OneDraw
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
    glances = sum(bool(f["glance"]["picture"]) for f in content["figures"])
    further = len(content["foretold"]["pictures"])
    assert len(labelled) == sum(len(f["items"]) for f in content["figures"]) + glances + further
    assert all(len(v) > 40 for v in labelled)
    assert HOSTILE in parsed.words
    for name in ("misses", "chaotic", "recipes", "not-run"):
        assert name in parsed.ids


def test_the_page_links_the_claims_that_a_figure_illustrates(content: dict[str, Any]) -> None:
    text = page(content)
    for claims in BEHIND.values():
        for claim in claims:
            assert f'href="../report.html#{claim}"' in text
    assert "statements, one by one, are tested in <a" in text
    assert "report.html" not in page({**content, "report": None})


def test_the_gallery_opens_with_the_explained_images(content: dict[str, Any]) -> None:
    text = page(content)
    assert text.index('id="explained"') < text.index('id="maps"') < text.index('id="tables"')


def test_it_says_first_what_fits_how_sure_that_is_and_what_does_not_fit(
    content: dict[str, Any],
) -> None:
    opening, _, rest = page(content).partition("</header>")
    answers = ["What holds", "How sure", "What does not fit, and why"]
    titles = re.findall("<h2>(.*?)</", opening)
    assert titles[:3] == answers
    assert len(titles) == 3
    figures, why, misfits, *_ = re.findall("<h2>(.*?)</", rest)
    assert figures == "The figures, one panel of each"
    assert why.startswith("Why g can learn: ")
    assert misfits == "What does not fit, one by one"
    assert opening.index("<nav") < opening.index("<h2")
    g = content["summary"]["g"]
    assert f"Of g's {g['chaotic']}, {g['outside']} lie outside the band of our seeds" in rest
    (far,) = re.findall(r"(\d+) are farther than 2 standard deviations from our mean", rest)
    assert int(far) == g["far"]
    assert 'data-label="deviation of 10"' in rest
    text = page(content)
    assert "A value is <b>chaotic</b> if" not in opening  # how to read it is no answer
    assert "A value is <b>chaotic</b> if" in rest
    listed = re.findall('<li><a href="#(.*?)">(.*?)</a>', opening)
    parts = re.findall(r'class="misfit" id="(.*?)">\s*<h3>\d. (.*?)</h3>', rest)
    assert listed == parts
    assert "off" in dict(parts)
    assert rest.index('id="reading"') < rest.index("<figure") < rest.index('<table class="cards"')
    assert text.count("<a href", text.index("<nav"), text.index("</nav>")) <= 7


def test_what_holds_is_told_of_each_panel_of_the_claim(content: dict[str, Any]) -> None:
    claim, *others = content["figures"]
    each = {"title": others[1]["title"], "where": "draws of D", "how_well": "g 90%"}
    holds = [{"learnt": k, "of": 5, "kind": "draw", **each} for k in (3, 5)]
    text = page({**content, "figures": [{**claim, "holds": holds}, *others]})
    held = text.partition("<h2>What holds</h2>")[2].partition("</div>")[0]
    told = ["<b>3 of 5</b> draws of D: g 90%", "<b>5 of 5</b> draws of D: g 90%"]
    assert re.findall("<li>(.*?)</li>", held) == told
    assert "<b>That g learns from them alone:</b> 3 of 5 draws and 5 of 5 draws." in text
    holds[1] |= {"kind": "seed"}
    more = {**others[1], "name": "more", "title": "More"}
    text = page({**content, "figures": [{**claim, "holds": holds}, *others, more]})
    assert "alone:</b> 3 of 5 draws and 5 of 5 seeds, 10 seeds in others." in text


def test_it_counts_by_figure_how_many_published_g_lie_above_ours(content: dict[str, Any]) -> None:
    (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    counts = {"high": (75, 100), "half": (17, 33), "low": (0, 9), "none": (0, 0)}
    figures = [
        {
            **figure,
            "name": name,
            "title": name,
            "g": {**figure["g"], "above": k, "below": n - k, "chaotic": n, "outside": 3},
        }
        for name, (k, n) in counts.items()
    ]
    opening, _, _ = page({**content, "figures": figures}).partition('<section id="tables"')
    listed = opening.partition('id="one-sided"')[2].partition("</section>")[0]
    rows = re.findall(r">([^<>]+)</a>: (.*?) values\.", listed)
    assert rows == [
        ("high", "above at 75 of 100"),
        ("low", "below at 9 of 9"),
    ]
    assert re.findall(r"<li>(\w+: .*?)\.</li>", listed) == [
        "high: above at 75 of 100 values; outside at 3 of 100",
        "low: below at 9 of 9 values; outside at 3 of 9",
        "half: above at 17 of 33 values; outside at 3 of 33",
    ]
    assert "Published g lies above ours in one figure, below in another</h3>" in opening
    even, _, _ = page({**content, "figures": figures[1:2]}).partition('<section id="tables"')
    assert "Published g lies" not in even
    assert 'id="one-sided"' not in even


def test_why_g_leans_is_told_where_it_was_found_and_else_that_it_is_not_known(
    content: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    leans = {
        **figure,
        "title": "High",
        "g": {**figure["g"], "above": 9, "chaotic": 9, "outside": 0},
    }
    decided = OneDraw("High", 6, 2, True, "g", {"g": 0.2, "all": 0.2})
    monkeypatch.setattr(one_draw, "draws", lambda: {"High": decided})
    told = page({**content, "figures": [leans]})
    page_of_it = "docs/one-draw.md#why-published-g-differs-from-ours"
    assert f'{page_of_it}">of one random draw</a>' in told
    assert "Likely chance: each published figure is one random draw." in told
    other = {**leans, "title": "Other", "name": "other"}
    for figures, draws in (
        ([leans], {}),
        ([leans, other], {"High": decided}),  # of the other nothing was found
        ([leans], {"High": replace(decided, as_far=0)}),
    ):
        monkeypatch.setattr(one_draw, "draws", lambda draws=draws: draws)
        untold = page({**content, "figures": figures}).partition('id="one-sided"')[2]
        assert "<b>Why is not known.</b></p>" in untold.partition("</section>")[0]


def test_the_first_picture_follows_what_it_shows(
    content: dict[str, Any],
) -> None:
    opening, _, _ = page(content).partition('<section id="figures"')
    places = [
        opening.index(said)
        for said in ("<figure", ">What holds<", ">How sure<", ">What does not fit, and why<")
    ]
    assert places == sorted(places)


def test_no_line_breaks_within_an_equation(content: dict[str, Any]) -> None:
    figures = [{**f, "name": "explained", "about": "right at ε = 0.1"} for f in content["figures"]]
    assert "right at ε\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}0.1" in page(
        {**content, "figures": figures[:1]}
    )


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
    assert "values fit, a weak test of g" in headline
    sure = " ".join(answers.partition("<h2>How sure</h2>")[2].partition("<h2>")[0].split())
    assert "<b>That our values are the paper's: hardly tested of g.</b>" in sure
    assert "alone:</b> 7 of 10 draws.</p>" in sure
    wrong = 'so do 30% to 100% of values <a href="#controls">wrong on purpose</a></li>'
    judged = "<b>15 judged,</b> as 10 seeds of ours hardly differ:"
    assert f"{judged} all fit ours. That shows little, as {wrong}" in sure
    compared = sum(one["compared"] for one in summary["readable"])
    assert f"<b>{compared - 15} not judged:</b>" in sure
    without = page({**content, "figures": content["figures"][1:], "summary": summary})
    held = without.partition("<h2>What holds</h2>")[2].partition("</div>")[0]
    assert "15 of 15 published values fit ours" in held
    assert ": a weak test of g." in held
    fewer = {**summary, "matched": 14, "g": {**g, "matched": 4}}
    missed = {**fewer, "misses": content["summary"]["misses"][:1]}
    told = page({**content, "summary": missed})
    assert f'{judged} <b class="bad">14 fit</b> ours' in told
    table = text.partition('id="controls"')[2]
    assert all(f">{share(of)}</td>" in table for of in (0.8, 1.0, 0.3))


def test_what_was_never_judged_or_misses_the_prediction_is_counted_and_listed(
    content: dict[str, Any],
) -> None:
    farthest = {**content["summary"]["chaotic"][0], "predicted": 0.75, "mean": 0.5}
    changed = {
        "unjudged_of_g": {PANEL.name: [30, 4], "cossim-shifted-d": [32, 0]},
        "predicted": [
            {"series": "agreement", "stable": 9, "far": 2, "farthest": farthest},
            {"series": "standard", "stable": 4, "far": 0, "farthest": farthest},
            {"series": "cossim", "stable": 8, "far": 3, "farthest": farthest},
        ],
    }
    text = page({**content, "summary": {**content["summary"], **changed}})
    answer = text.partition("<h2>What does not fit, one by one</h2>")[2].partition("<h2>")[0]
    assert "Values of g that too few seeds judge look off</h3>" in answer
    assert "4 of 62 would be, were they judged as the others." in answer
    assert f'The panel with most: <a href="#{PANEL.name}">' in answer
    assert '</a>, 4 of 30; <a href="#unjudged">all' in answer
    said = "perturbations are more than 0.03 off at 3 of 8 where seeds hardly differ</h3>"
    assert f"directions of {said}" in answer
    assert "Farthest: predicted 0.750, ours 0.500, published" in answer
    assert "2 of 13" not in answer
    none = {**content["summary"], **changed, "unjudged_of_g": {PANEL.name: [30, 0]}}
    opening, _, _ = page({**content, "summary": none}).partition('<section id="tables"')
    assert "0 of 30" not in opening  # what would not be off is no misfit
    assert "of g 30 values. If they were stable none would be off, by the bands of few" in opening
    assert "Of accuracies and agreements, 2 of 13 are that far off." in text
    assert 'docs/studies.md#directions-in-the-figures">What was found' in answer
    named = "Mean-shifted Gaussian (a), input dimension d, identity loss"
    link = f'<a href="#{PANEL.name}">{named}</a>'
    unjudged, _, _ = text.partition('id="unjudged">')[2].partition("</details>")
    cells = re.findall(r">([^<>]+)</td>", unjudged)
    assert link in unjudged
    assert cells == ["30", "4", "32", "0"]
    row = text.partition('id="predicted"')[2].partition("</details>")[0]
    assert link in row
    assert all(f">{cell}</td>" in row for cell in ("2 of 9", "10", "0.750", "0.500"))


def test_where_it_was_drawn_is_told_from_where_it_was_trained(content: dict[str, Any]) -> None:
    _, trained, drawn = re.split("<h3>(?:Trained|Drawn) on</h3>", page(content))
    assert "neither the card nor the versions" in trained
    for name in ("torch", "commit"):
        assert f"<dt>{name}</dt>" in drawn
        assert f"<dt>{name}</dt>" not in trained
    unknown = page({**content, "drawn": {**content["drawn"], "commit": "unknown"}})
    assert "<dt>commit</dt>" not in unknown


def test_the_largest_error_of_reading_a_figure_is_told(
    run: Reproduction, content: dict[str, Any]
) -> None:
    errors = {c.err for panel in run.panels for c in compare(panel, run.of(panel)) if c.err}
    assert len(errors) > 1
    assert content["reading_error"] == max(errors)


def test_a_figure_has_one_legend_of_all_that_its_panels_show(content: dict[str, Any]) -> None:
    text = page(content)
    assert all(part["sign"] in text for f in content["figures"] for part in f["legend"])
    labels = {f["name"]: [part["label"] for part in f["legend"]] for f in content["figures"]}
    assert not labels.pop("explained")
    assert all(len(set(found)) == len(found) >= 3 for found in labels.values())
    assert "f and g agree" in labels["maps"]
    assert "|cos|, to the direction" in labels["cossim"]


def test_a_gallery_of_nothing_is_still_a_page(tmp_path: Path) -> None:
    nothing = gather(Reproduction(panels=[PANEL], results=[]), tmp_path)
    parsed = Balanced(page(nothing))
    assert "0 points trained" in parsed.words
    assert "the whole panel" in parsed.words
