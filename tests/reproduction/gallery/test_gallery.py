"""The gallery: it shows what was run and what was not, comes from its data, and loads nothing."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest

from tests.report.records import HOSTILE, Balanced
from tests.reproduction.results import (
    crossed_map,
    explained,
    rising,
)
from verifier.evidence.folders import Report
from verifier.report.html import share
from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.chaos import seeds_of_deviations
from verifier.reproduction.comparison.wrong_values import LEARNT
from verifier.reproduction.gallery.captions import decimals
from verifier.reproduction.gallery.collected import NOT_CHOSEN, UNFINISHED, Reproduction
from verifier.reproduction.gallery.illustrations import ILLUSTRATED
from verifier.reproduction.gallery.numbers import NUMBERS
from verifier.reproduction.gallery.page import gather, page, relinked, write
from verifier.reproduction.panels import published_maps, published_panels
from verifier.reproduction.plan import ask_of

PANEL = published_panels()["shifted-gauss-a-d"]


@pytest.fixture(scope="module")
def run() -> Reproduction:
    """Three panels, one of them unfinished and one not run; two maps, one not run; one task."""
    unfinished = published_panels()["shifted-gauss-a-eps"]
    absent = published_panels()["gauss-b-eps"]
    cosines = published_panels()["cossim-shifted-d"]
    results = rising(PANEL, 10, 0.05) + rising(PANEL, 1, 0.05, "theory")
    results += rising(cosines, 3, 0.01)
    results += [r for r in rising(unfinished, 3, 0.01) if r.setting.eps <= 0.003]
    maps = list(published_maps().values())[:2]
    return Reproduction(
        panels=[PANEL, unfinished, absent, cosines],
        results=results,
        maps=maps,
        map_results={maps[0].name: crossed_map(maps[0])},
        explained=[explained(2)],
        reasons={absent.name: HOSTILE},
        obstacles={},
        about={"scale": HOSTILE},
        report=Report("../report.html", "2026-11-26T20:22:45+00:00"),
    )


@pytest.fixture(scope="module")
def content(run: Reproduction, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return gather(run, tmp_path_factory.mktemp("gallery"))


def test_the_gallery_says_what_was_run_and_what_was_not(content: dict[str, Any]) -> None:
    shared = 1  # a point of two panels
    assert (content["run"], content["points"]) == (10 + 4 + shared + 10, 10 + 11 + 11 + 10)
    assert content["seeds"] == [3, 10]
    missing = {n["name"]: n for n in content["not_run"]}
    assert set(missing) == {"shifted-gauss-a-eps", "gauss-b-eps", "map-shifted-b"}
    assert "0.004" in missing["shifted-gauss-a-eps"]["which"]
    assert "0.003," not in missing["shifted-gauss-a-eps"]["which"]
    assert missing["shifted-gauss-a-eps"]["reason"] == NOT_CHOSEN
    assert missing["gauss-b-eps"]["reason"] == HOSTILE
    captions = {i["name"]: i["caption"] for f in content["figures"] for i in f["items"]}
    assert "5 of 11 points, 3 to 10 seeds." in captions["shifted-gauss-a-eps"]
    assert "gauss-b-eps" not in captions
    assert "Mean error of P6, g from settings:" in captions[PANEL.name]
    assert "P6" not in captions["cossim-shifted-d"]
    summary = content["summary"]
    assert len(summary["chaotic"]) > 10  # all three series scatter by 0.05
    counts = [f["verdicts"].get("off", 0) for f in content["figures"]]
    assert sum(counts) == len(summary["misses"])


def test_points_with_fewer_images_are_none_at_published_size(
    run: Reproduction, content: dict[str, Any], tmp_path: Path
) -> None:
    fewer = replace(run, obstacles={PANEL.name: "only 800 of 12700 images are here"})
    write(fewer, tmp_path)
    found = json.loads((tmp_path / "gallery.json").read_text(encoding="utf-8"))
    own = len(run.points(PANEL))
    assert own > 0
    assert (found["points"], found["run"]) == (content["points"], content["run"] - own)
    assert found["run_reduced"] == content["run_reduced"] + own


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
    for claims in ILLUSTRATED.values():
        for claim in claims:
            assert f'href="../report.html#{claim}"' in text
    assert "the report of the statements</a> of the run of 2026-11-26 20:22 UTC" in text
    assert "report.html" not in page({**content, "report": None})


def test_the_page_leads_to_the_newest_report_or_to_none(
    run: Reproduction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(run, tmp_path)
    assert "report.html#" in path.read_text(encoding="utf-8")
    assert relinked(tmp_path)["report"] is None  # there is no run
    assert json.loads((tmp_path / "gallery.json").read_text())["docs"] is None  # nor a checkout
    assert "report.html" not in path.read_text(encoding="utf-8")
    newest = Report("../newest/report.html", "2026-11-27T01:02:03+00:00")
    monkeypatch.setattr("verifier.reproduction.gallery.page.newest_report", lambda _: newest)
    assert relinked(tmp_path)["report"] == newest._asdict()
    assert 'href="../newest/report.html#E1"' in path.read_text(encoding="utf-8")


def test_the_page_comes_from_its_json_alone(run: Reproduction, tmp_path: Path) -> None:
    written = write(run, tmp_path)
    read = json.loads((tmp_path / "gallery.json").read_text(encoding="utf-8"))
    assert page(read) == written.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "summary.json").read_text()) == read["summary"]
    names = {p.name for p in (tmp_path / "pictures").iterdir()}
    items = [item["name"] for figure in read["figures"] for item in figure["items"]]
    assert names == {f"{name}.{kind}" for name in items for kind in ("svg", "png")}


def test_what_was_planned_and_is_missing_is_told_apart_from_what_was_not_chosen() -> None:
    drawn = list(published_maps().values())[:2]
    planned = frozenset(ask_of(PANEL, s) for s in PANEL.settings[:3])
    results = [r for r in rising(PANEL, 2, 0.01) if r.setting in PANEL.settings[:2]]
    second = PANEL.settings[1]
    results = [r for r in results if (r.setting, r.seed) != (second, 1)]  # one of two seeds
    run = Reproduction(
        panels=[PANEL],
        results=results,
        maps=drawn,
        planned=planned | {ask_of(drawn[0], drawn[0].setting)},
        seeds=2,
        reasons={PANEL.name: "too dear", drawn[0].name: "too dear", drawn[1].name: "too dear"},
    )
    found = {(n["name"], n["reason"]): n["which"].rpartition(": ")[2] for n in run.not_run()}
    second_and_third = ", ".join(f"{x:g}" for x in PANEL.xs[1:3])
    assert found == {
        (PANEL.name, UNFINISHED): second_and_third,
        (PANEL.name, "too dear"): ", ".join(f"{x:g}" for x in PANEL.xs[3:]),
        (drawn[0].name, UNFINISHED): "the map",
        (drawn[1].name, "too dear"): "the map",
    }


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
    assert f"Of g's {g['outside']} lie outside the faint band" in " ".join(rest.split())
    assert 'data-label="deviation of 10"' in rest
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
    assert '<a href="#predicted">3 of 8</a> |cos| (most: predicted 0.750, ours 0.500' in answer
    assert 'and <a href="#predicted">2 of 13</a> others.' in answer
    assert 'docs/limits.md#r4-the-cosine-over-time">nobody has measured (R4)</a>' in answer
    nowhere = page({**content, "docs": None})
    assert "raises g (docs/findings.md)" in nowhere
    assert '<a href="#shifted-gauss-a">' in answer
    link = f'<a href="#{PANEL.name}">{PANEL.name}</a>'
    unjudged, _, predicted = text.partition('<section id="unjudged">')[2].partition("</section>")
    cells = re.findall(r">([^<>]+)</td>", unjudged)
    assert link in unjudged
    assert cells == ["30", "4", "12", "0"]
    row = predicted.partition('id="predicted"')[2].partition("</section>")[0]
    assert link in row
    assert all(f">{cell}</td>" in row for cell in ("2 of 9", "10", "0.750", "0.500"))


def test_captions_say_on_which_side_the_published_g_lies(content: dict[str, Any]) -> None:
    captions = {i["name"]: i["caption"] for f in content["figures"] for i in f["items"]}
    (figure,) = (f for f in content["figures"] if PANEL.name in {i["name"] for i in f["items"]})
    chaotic = [c for c in content["summary"]["chaotic"] if c["series"] in LEARNT]
    of_panel = [c for c in chaotic if c["panel"] == PANEL.name]
    higher = sum(c["published"] > c["mean"] for c in of_panel)
    assert higher > 0
    assert f"; g above ours at {higher} of {len(of_panel)} chaotic points." in captions[PANEL.name]
    assert "above ours" not in captions["cossim-shifted-d"]
    assert figure["g"]["chaotic"] == content["summary"]["g"]["chaotic"] == len(chaotic)


def test_a_caption_tells_the_seeds_of_the_means_from_those_of_the_whiskers(
    content: dict[str, Any],
) -> None:
    captions = {i["name"]: i["caption"] for f in content["figures"] for i in f["items"]}
    said = f"whiskers of {seeds_of_deviations()}."
    assert said in captions["shifted-gauss-a-eps"]
    assert said not in captions[PANEL.name]  # its ten seeds have their own deviation


def test_a_figure_s_head_says_what_was_not_judged(content: dict[str, Any]) -> None:
    (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    verdicts = {**figure["verdicts"], "unjudged": 1234}
    text = page({**content, "figures": [{**figure, "verdicts": verdicts, "unjudged_off": 5}]})
    assert "; 1\u202f234 unjudged (5 of g's would be off if stable)" in text
    for readable, said in (([0, 0], "no published value was read off"), ([7, 0], "none of 7 pub")):
        changed = {"fits": None, "verdicts": {}, "readable": readable}
        assert f"; {said}" in page({**content, "figures": [{**figure, **changed}]})


def test_where_it_was_drawn_is_told_from_where_it_was_trained(content: dict[str, Any]) -> None:
    _, trained, drawn = re.split("<h3>(?:Trained|Drawn) on</h3>", page(content))
    assert "neither the card nor the versions" in trained
    for name in ("torch", "commit"):
        assert f"<dt>{name}</dt>" in drawn
        assert f"<dt>{name}</dt>" not in trained


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


def test_what_is_drawn_is_told(run: Reproduction, tmp_path: Path) -> None:
    told: list[str] = []
    gather(run, tmp_path, told.append)
    assert told[0].endswith(f"1 of {len(told)} figures")


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.0, "0.000"), (-0.25, "−0.250"), (2.5e-5, "2.5 · 10⁻⁵")]
)
def test_no_small_value_is_shown_as_nothing(value: float | None, text: str) -> None:
    assert decimals(value) == text


def test_a_gallery_of_nothing_is_still_a_page(tmp_path: Path) -> None:
    nothing = gather(Reproduction(panels=[PANEL], results=[]), tmp_path)
    parsed = Balanced(page(nothing))
    assert "0 points run" in parsed.words
    assert "the whole panel" in parsed.words


def test_every_number_behind_a_curve_is_kept(run: Reproduction, tmp_path: Path) -> None:
    write(run, tmp_path)
    rows = list(csv.DictReader((tmp_path / NUMBERS).open(encoding="utf-8")))
    kept = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    assert len(rows) == len(kept) > 40
    for row, number in zip(rows, kept, strict=True):
        assert row == {name: "" if v is None else str(v) for name, v in number.items()}
    of_one = [r for r in kept if r["panel"] == PANEL.name and r["series"] == PANEL.series[0]]
    published = [r for r in of_one if r["recipe"] == "published"]
    assert [r["x"] for r in published] == list(PANEL.xs)
    first = published[0]
    sample = Sample.of(run.points(PANEL)[first["x"]], first["series"])
    assert first["mean"] == sample.mean
    assert (first["low"], first["high"]) == sample.band
    assert (first["seeds"], first["deviation"]) == (10, stdev(sample.values))
    assert any(r["published"] is not None for r in published)
    assert all(r["P6"] is None for r in of_one)
    of_g = [r for r in kept if r["panel"] == PANEL.name and r["series"] == from_settings.SERIES]
    forecast = from_settings.forecast(run.points(PANEL)[first["x"]][0])
    assert forecast is not None
    assert of_g[0]["P6"] == pytest.approx(forecast.stated)  # one time for all seeds here
    assert {r["recipe"] for r in of_g if r["P6_given_targets"] is not None} == {"published"}
    alone = [r for r in of_one if r["recipe"] == "theory"]
    assert all(r[name] is None for r in alone for name in ("published", "low", "deviation"))
