"""A card for each figure: one panel at a glance, and those with published values first."""

import re
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reproduction.results import rising
from verifier.report.written import share
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import Comparison, Published, compare
from verifier.reproduction.gallery import directions, figures, glance
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.page import gather, page
from verifier.reproduction.gallery.series import DEVIATION
from verifier.reproduction.panels import published_panels
from verifier.reproduction.training.results import PointResult

PANEL = published_panels()["shifted-gauss-a-d"]


def test_one_panel_of_each_figure_is_seen_without_a_click(content: dict[str, Any]) -> None:
    text = page(content).partition('id="figures"')[2].partition('<section id="tables"')[0]
    cards = re.findall('<article class="card" id="(.*?)">(.*?)</article>', text, re.S)
    shown = {f["name"]: f for f in content["figures"] if f["name"] not in ("claim", "explained")}
    assert sorted(name for name, _ in cards) == sorted(shown)
    for name, card in cards:
        figure = shown[name]
        picture = figure["glance"]["picture"]
        at_once = re.sub("<details.*", "", card, flags=re.S)
        assert f'<figure id="{figure["lead"]}">' in at_once
        assert at_once.count("<figure") == 1
        assert card.count("<figure") == len(figure["items"]) + bool(picture)
        assert picture in at_once


def test_the_panel_that_stands_for_a_figure_was_run_whole(tmp_path: Path) -> None:
    first, whole, reduced = PANEL, published_panels()["shifted-gauss-a-gamma"], PANEL.reduced(2)
    some = [r for r in rising(first, 2, 0.01) if r.setting in first.settings[:7]]
    results = [*some, *rising(whole, 2, 0.01), *rising(reduced, 2, 0.01)]
    run = Reproduction(panels=[first, reduced, whole], results=results)
    (figure,) = gather(run, tmp_path)["figures"][1:] or gather(run, tmp_path)["figures"]
    assert figure["lead"] == whole.name
    run = Reproduction(panels=[first, reduced], results=results)
    assert gather(run, tmp_path)["figures"][-1]["lead"] == reduced.name  # it has more points


def test_of_directions_the_panel_with_most_misfits_is_seen_among_the_misfits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ("cossim-shifted-d", "cossim-shifted-epochs-f", "cossim-gaussian-d")
    panels = [published_panels()[name] for name in names]
    run = Reproduction(panels=panels, results=[r for p in panels for r in rising(p, 2, 0.01)])
    far = dict(zip(names, (0, 3, 1), strict=True))

    def missed(compared: list[Comparison]) -> list[dict[str, Any]]:
        found = far.get(compared[0].panel, 0) if compared else 0
        return [{"series": "standard", "far": 9}, {"series": "cossim", "far": found}]

    def shown() -> tuple[list[str], str]:
        content = gather(run, tmp_path)
        (figure,) = (f for f in content["figures"] if f["name"] == "cossim")
        assert [one["far"] for one in content["directions"]] == sorted(filter(None, far.values()))[
            ::-1
        ]
        return [one["panel"] for one in content["directions"]], figure["lead"]

    monkeypatch.setattr(directions, "missed", missed)
    assert shown() == ([names[1], names[2]], names[1])
    far[names[0]] = 5
    assert shown() == ([names[0], names[1], names[2]], names[0])
    run.obstacles[names[0]] = "too few images"
    assert shown()[1] == names[1]
    far.clear()
    assert shown() == ([], names[1])


def test_figures_stand_by_what_g_learns_from(content: dict[str, Any]) -> None:
    (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    found = [
        {**figure, "name": n, "title": f"N {n}", "scenario": s}
        for n, s in (("one", "-b"), ("two", "-a"), ("three", ""))
    ]
    text = page({**content, "figures": found})
    alone, samples = (
        ">(a): g trained on perturbations alone<",
        ">(b): g trained on samples with perturbations added<",
    )
    places = [text.index(said) for said in (alone, 'id="two"', samples, 'id="one"', 'id="three"')]
    assert places == sorted(places)
    assert samples not in page({**content, "figures": found[1:]})


def test_a_figure_that_does_not_fit_stands_with_its_misfit(content: dict[str, Any]) -> None:
    cosines = {"series": "cossim", "stable": 8, "farthest": content["summary"]["chaotic"][0]}
    for far in (3, 0):
        summary = {**content["summary"], "predicted": [{**cosines, "far": far}]}
        text = page({**content, "summary": summary})
        assert text.count('id="cossim"') == 1
        _, _, misfits = text.partition('<section id="misfits"')
        assert ('id="cossim"' in misfits) == bool(far)


def test_below_a_figure_s_panel_stands_what_was_not_judged(content: dict[str, Any]) -> None:
    (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    verdicts = {**figure["verdicts"], "unjudged": 1234}
    unjudged = {"of": 56, "off": 5, "apart": [3, 9], "covered": 0.25}

    def told(**changed: Any) -> str:
        found = {**figure, "verdicts": verdicts, "unjudged_g": {**unjudged, **changed}}
        return page({**content, "figures": [found]})

    said = "Of 56 values of g that too few seeds have judged, 9 lie more than 0.03 below our mean"
    bands = f"outside the bands of our seeds, which cover {share(0.25)} of the axis."
    assert f"{said}, 3 above; 5 of these are {bands}" in told()
    assert f"{said}, 3 above; 1 of these is {bands}" in told(off=1)
    none = told(off=0, covered=None, apart=[0, 1])
    assert (
        "1 lies more than 0.03 below our mean, 0 above; none of these is outside the bands of our"
        in none
    )
    assert "too few seeds have judged" not in told(of=0)
    none = {**figure, "fits": None, "verdicts": {}, "obstacle": ""}
    for readable, why, said in (
        ([0, 0], "", "no value could be read off this figure of the paper."),
        ([7, 0], "", "none of 7 values is compared: not run at published size."),
        ([7, 0], "too few images", "none of 7 values is compared: too few images."),
    ):
        found = page({**content, "figures": [{**none, "readable": readable, "obstacle": why}]})
        assert said in found


def test_the_published_value_that_is_farthest_from_ours_is_named_and_if_it_was_judged() -> None:
    def told(*values: tuple[str, float, str]) -> str:
        found = [
            Comparison(PANEL.name, PANEL.xs[k], series, Sample((0.5,)), published, 0.01, verdict)
            for k, (series, published, verdict) in enumerate(values)
        ]
        return figures._farthest(PANEL, found)

    near, far = ("agreement", 0.52, "inside"), ("perturbation", 0.2, "chaotic")
    where = f"d = {PANEL.xs[1]:g}"
    assert told(near, far) == (
        "Published g is more than 0.03 from ours at 1 of 1 points, farthest at "
        f"{where}: 0.200, ours 0.500 (seeds scatter there)."
    )
    assert told(("agreement", 0.9, "off"), far).startswith("Published g is more than")
    few = ("perturbation", 0.52, "inside"), ("perturbation", 0.9, "off"), far
    assert " at 2 of 3 points, farthest at " in told(*few)
    assert told(near, ("agreement", 0.9, "off")).endswith("0.900, ours 0.500 (off).")
    assert told(near, ("agreement", 0.9, "unjudged")).endswith("(too few seeds to judge).")
    for other in (("standard", 0.9, "off"), ("agreement", 0.9, "not comparable")):
        assert told(near, other) == ""


def test_panels_of_reduced_size_are_folded_behind_the_others(tmp_path: Path) -> None:
    panels = [PANEL, PANEL.reduced(2)]
    results = [r for panel in panels for r in rising(panel, 2, 0.01)]
    text = page(gather(Reproduction(panels=panels, results=results), tmp_path))
    folded = text.index("All 2 panels in full")
    assert text.index(f'<figure id="{PANEL.name}"') < folded
    assert folded < text.index(f'<figure id="{panels[1].name}"')


def test_how_often_g_is_far_from_its_prediction_is_told_of_all_that_was_trained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    results = rising(PANEL, 2, 0.01)

    def gathered(gap: float) -> dict[str, Any]:
        def of(point: list[PointResult], series: str) -> Sample:
            found = Sample.of(point, series)
            return replace(found, predicted=found.mean + gap if series == "agreement" else None)

        monkeypatch.setattr(figures, "Sample", SimpleNamespace(of=of))
        return gather(Reproduction(panels=[PANEL], results=results), tmp_path)

    every = len(PANEL.xs)
    for gap, far in ((0.02, 0), (0.04, every), (-0.04, every)):
        content = gathered(gap)
        (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
        told = {"accuracy": [0, 0], "agreement": [far, every]}
        assert figure["off_g"] == {"far": far, "of": every, **told}
        text = page(content)
        said = f"{far} of {every} off."
        assert f"<b>Predicted:</b> {said}" in text
        counted = f" {far} of {every} agreements with f.</p>"
        assert (counted in text) == bool(far)


def test_accuracies_and_agreements_that_are_far_off_are_counted_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apart = {"perturbation": 0.04, "agreement": 0.02, "standard": 0.0}

    def of(point: list[PointResult], series: str) -> Sample:
        found = Sample.of(point, series)
        return replace(found, predicted=found.mean + apart[series])

    monkeypatch.setattr(figures, "Sample", SimpleNamespace(of=of))
    run, every = Reproduction(panels=[PANEL], results=rising(PANEL, 2, 0.01)), len(PANEL.xs)
    told = {"accuracy": [every, every], "agreement": [0, every]}
    assert figures._predicted_g(run, [PANEL]) == {"far": every, "of": 2 * every, **told}


def test_the_accuracy_of_g_that_is_farthest_from_its_prediction_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, (near, far, most) = Reproduction(panels=[PANEL], results=[]), PANEL.xs[:3]
    found = [(near, Sample((0.5,)), 0.48), (most, Sample((0.6,)), 0.9), (far, Sample((0.7,)), 0.5)]
    pairs = {"perturbation": found, "agreement": [(near, Sample((0.1,)), 0.9)]}
    monkeypatch.setattr(figures, "_both", lambda _, panel, series: pairs[series])
    said = f"Predicted g is farthest off at d = {most:g}: predicted 0.900, trained 0.600."
    assert figures._most_off(run, PANEL) == said
    del found[1:]
    assert figures._most_off(run, PANEL) == ""


def test_a_card_names_its_series_and_all_share_the_other_marks(content: dict[str, Any]) -> None:
    text = page(content)
    glances = {f["name"]: f["glance"] for f in content["figures"] if f["glance"]["picture"]}
    labels = {name: [sign["label"] for sign in found["legend"]] for name, found in glances.items()}
    others = [DEVIATION, "predicted", "published"]
    assert labels == {"shifted-gauss-a": ["f", "g"], "cossim": ["|cos|", *others]}
    shared = text.partition('aria-label="What all pictures are drawn with"')[2].partition("</ul>")[
        0
    ]
    said = [" ".join(part.split()) for part in re.findall("</svg>(.*?)</li>", shared, re.S)]
    assert said == [part["label"] for part in content["marks"]]
    theirs = ["published", "predicted", DEVIATION]
    assert said[:6] == ["f", "g", "ours, mean of 10 seeds", *theirs]
    assert glance.marks(1)[2]["label"] == "our seed"


def test_accuracy_is_shown_first_and_of_directions_the_cosine() -> None:
    others = [DEVIATION, "predicted", "published"]
    for name, shown in (
        (PANEL.name, ["f", "g"]),
        ("cossim-shifted-d", ["|cos|", *others]),
    ):
        panel = published_panels()[name]
        run = Reproduction(panels=[panel], results=rising(panel, 2, 0.01))
        found = glance.at_a_glance(run, panel)
        assert [sign["label"] for sign in found.legend] == shown


def test_predictions_of_g_are_counted_in_all_panels_of_a_figure(tmp_path: Path) -> None:
    panels = [PANEL, published_panels()["shifted-gauss-a-gamma"]]
    results = [r for panel in panels for r in rising(panel, 2, 0.01)]
    content = gather(Reproduction(panels=panels, results=results), tmp_path)
    (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    assert figure["off_g"]["of"] == 2 * sum(len(panel.xs) for panel in panels)


def test_values_of_g_that_no_ten_seeds_judged_are_counted_by_figure(tmp_path: Path) -> None:
    panel = published_panels()["gauss-a-epochs-g"]
    content = gather(Reproduction(panels=[panel], results=rising(panel, 3, 0.01)), tmp_path)
    found = content["summary"]["unjudged_of_g"].values()
    values, off = (sum(counts[k] for counts in found) for k in (0, 1))
    (figure,) = (f for f in content["figures"] if f["name"] == "gauss-a")
    found = figure["unjudged_g"]
    assert (found["of"], found["off"]) == (values, off)
    assert values != off
    kept = compare(panel, rising(panel, 3, 0.01))
    own = [c for c in kept if c.verdict == "unjudged" and c.series in ("perturbation", "agreement")]
    pairs = [(c.published - c.sample.mean, c.sample.band) for c in own if c.published is not None]
    assert found["apart"] == [sum(g > 0.03 for g, _ in pairs), sum(g < -0.03 for g, _ in pairs)]
    widths = [min(1.0, band[1]) - max(0.0, band[0]) for _, band in pairs if band]
    assert found["covered"] == pytest.approx(fmean(widths))
    assert 0 < found["covered"] < 1
    wide = replace(own[0], sample=Sample((0.1, 0.5, 0.9)))
    assert figures._unjudged_of_g([wide])["covered"] == 1  # no band reaches beyond the axis


def test_only_what_could_be_read_counts_as_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    read = {(x, "agreement"): Published(0.5, 0.01, q) for x, q in ((1, "ok"), (2, "hidden"))}
    monkeypatch.setattr(figures.comparison, "published_values", lambda _: read)
    assert figures.readable_of([PANEL], {PANEL.name: []}) == (1, 0)
    found = [
        Comparison(PANEL.name, 1, "agreement", Sample((0.5,)), 0.5, 0.01, verdict)
        for verdict in ("inside", "unjudged", "not comparable")
    ]
    assert figures.readable_of([PANEL], {PANEL.name: found}) == (1, 2)
