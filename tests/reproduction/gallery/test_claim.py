"""What the gallery opens with, and how far the statements behind a figure reach."""

from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.reproduction.results import explained, point, rising
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import Sample, points_of
from verifier.reproduction.comparison.published import (
    CHAOTIC,
    OFF,
    UNJUDGED,
    Comparison,
    Published,
    compare,
    published_values,
)
from verifier.reproduction.gallery import claim
from verifier.reproduction.gallery.claim import of_claim, opening
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.gallery.illustrations import ALONE, reach
from verifier.reproduction.gallery.looks import OF_G
from verifier.reproduction.gallery.page import page
from verifier.reproduction.panels import Panel, published_panels

SHIFTED, IMAGES = (published_panels()[n] for n in ("shifted-gauss-a-eps", "fmnist-a-eps"))


def run_of(panels: list[Panel], **changed: Any) -> Reproduction:
    """All points of these panels, the first of which scatter most."""
    scatters = [0.1, *[0.001] * len(panels)]
    pairs = zip(panels, scatters, strict=False)
    results = [r for panel, scatter in pairs for r in rising(panel, 3, scatter)]
    return Reproduction(panels=panels, results=results, seeds=3, **changed)


def compared(run: Reproduction) -> dict[str, list[Comparison]]:
    return {p.name: compare(p, run.of(p), run.obstacles.get(p.name, "")) for p in run.panels}


def test_the_claim_is_shown_where_most_can_be_compared_and_g_s_worst_seed_is_best(
    tmp_path: Path,
) -> None:
    for first, second in ((SHIFTED, IMAGES), (IMAGES, SHIFTED)):
        run = run_of([first, second])
        found = of_claim(run, compared(run), tmp_path)
        assert found is not None
        (item,) = found["items"]
        assert item["name"] == f"claim-{second.name}"
        assert (tmp_path / f"{item['name']}.png").exists()
        (held,) = found["holds"]
        assert held["where"].endswith(f" of {title(second)}, ε = {second.xs[-1]:g}")
        fewer = [r for r in run.results if r.setting not in second.settings[3:]]
        for changed in ({"results": fewer}, {"obstacles": {second.name: "too few images"}}):
            other = of_claim(replace(run, **changed), compared(run), tmp_path)  # type: ignore[arg-type]
            assert other is not None
            assert other["items"][0]["name"] == f"claim-{first.name}"


def test_the_claim_shows_each_seed_and_neither_a_band_as_wide_as_the_axis_nor_a_recipe(
    tmp_path: Path,
) -> None:
    run = run_of([IMAGES])
    run = replace(run, results=[*run.results, *rising(IMAGES, 1, 0.0, "theory")])
    found = of_claim(run, compared(run), tmp_path)
    assert found is not None
    labels = [part["label"] for part in found["legend"]]
    assert labels == [
        "f, mean of 3 seeds",
        "g, mean of 3 seeds",
        "each seed",
        "predicted",
        "published",
        "chance",
    ]


def test_the_claim_s_caption_says_on_which_side_the_published_g_lies(tmp_path: Path) -> None:
    run = run_of([IMAGES])
    read = published_values(IMAGES)
    pairs = [(read[x, OF_G].value, r) for x, r in run.points(IMAGES).items() if (x, OF_G) in read]
    higher = [v > fmean(one.best(OF_G) for one in r) for v, r in pairs if v is not None]
    found = of_claim(run, compared(run), tmp_path)
    assert found is not None
    said = f"is above our mean at {sum(higher)} of {len(higher)} points"
    assert said in found["items"][0]["caption"]
    samples = [Sample.of(r, OF_G) for r in run.points(IMAGES).values()]
    apart = max(abs(s.mean - s.predicted) for s in samples if s.predicted is not None)
    assert f" Predicted g is off by up to {apart:.2f}." in found["items"][0]["caption"]
    hindered = replace(run, obstacles={IMAGES.name: "too few images"})
    fewer = of_claim(hindered, compared(hindered), tmp_path)
    assert fewer is not None
    assert "is compared: too few images." in fewer["items"][0]["caption"]
    assert len(found["items"][0]["details"]["lines"]) == 2
    assert len(fewer["items"][0]["details"]["lines"]) == 1  # nothing of what is published


def told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *published: float, **changed: Any
) -> tuple[str, str, str]:
    """Title, caption and what is folded below it where ours are 0.2, 0.4 and 0.6 at each ε."""
    few = replace(
        SHIFTED, xs=SHIFTED.xs[: len(published)], settings=SHIFTED.settings[: len(published)]
    )
    read = {(x, OF_G): Published(v, 0.01, "ok") for x, v in zip(few.xs, published, strict=True)}
    values = changed.pop("ours", (0.2, 0.4, 0.6))
    rise = changed.pop("rise", 0.01)
    results = [
        point(setting, seed, {OF_G: value + k * rise, "standard": 1.0})
        for k, setting in enumerate(few.settings)
        for seed, value in enumerate(values)
    ]
    verdict = {"verdict": OFF, **changed}
    read |= {(x, "standard"): Published(0.0, 0.01, "ok") for x in few.xs}  # f's, farthest off
    beside = [
        Comparison(few.name, x, s, Sample.of(found, s), read[x, s].value, 0.01, **verdict)
        for x, found in points_of(few, results, "published").items()
        for s in ("standard", OF_G)
    ]
    monkeypatch.setattr(claim, "published_values", lambda _: read)
    monkeypatch.setattr(one_draw, "draws", dict)
    run = Reproduction(panels=[few], results=results, seeds=3)
    found = of_claim(run, {few.name: beside}, tmp_path)
    assert found is not None
    (item,) = found["items"]
    return found["title"], item["caption"], " ".join(item["details"]["lines"])


def test_the_claim_s_title_says_whether_g_learns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert told(monkeypatch, tmp_path, 0.9, 0.8)[0] == "g learns from perturbations alone"
    for rise in (0.0, -0.01):
        title_of = told(monkeypatch, tmp_path, 0.5, 0.5, rise=rise)[0]
        assert title_of == "g trained on perturbations alone"


@pytest.mark.parametrize("predicted", [0.1, 0.9])
def test_how_far_predicted_g_is_off_is_told_in_either_direction(
    monkeypatch: pytest.MonkeyPatch, predicted: float
) -> None:
    ours = {x: Sample((0.5,), predicted=predicted) for x in IMAGES.xs}
    monkeypatch.setattr(claim, "_of_g", lambda *_: ours)
    monkeypatch.setattr(one_draw, "draws", dict)
    said = claim._beside(Reproduction(panels=[IMAGES], results=[]), IMAGES)
    assert said.endswith(" Predicted g is off by up to 0.40.")


def test_only_g_s_values_count_as_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of([IMAGES])
    monkeypatch.setattr(claim, "by_chance", lambda *told: told[-1])
    far = [
        Comparison(IMAGES.name, x, series, Sample((0.4, 0.41)), 0.9, 0.01, CHAOTIC, deviation=0.1)
        for x, series in zip(IMAGES.xs, ("standard", "agreement", OF_G, OF_G), strict=False)
    ]
    assert claim._usual(run, IMAGES, far) == 2


def test_beside_the_claim_stands_a_figure_whose_published_g_lies_to_the_other_side(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    monkeypatch.setattr(claim, "by_chance", lambda *_: dict.fromkeys(("side", "outside"), 0.1))
    few, more, same = (published_panels()[n] for n in ("fmnist-a-m", "fmnist-a-eps", "gauss-a-eps"))
    run = run_of([SHIFTED, same, few, more])
    sides = {SHIFTED: (0.9, 8), same: (0.9, 9), few: (0.1, 5), more: (0.1, 6)}
    beside = {
        panel.name: [
            Comparison(panel.name, x, OF_G, Sample((0.4, 0.6)), value, 0.01, CHAOTIC, deviation=0.1)
            for x in panel.xs[:n]
        ]
        for panel, (value, n) in sides.items()
    }

    def shown() -> list[str]:
        found = of_claim(replace(run, obstacles={more.name: "x", same.name: "x"}), beside, tmp_path)
        assert found is not None
        panels = len(found["items"])
        assert len(found["by_chance"]) == panels
        for item, held in zip(found["items"], found["holds"], strict=True):
            assert title(published_panels()[item["name"].removeprefix("claim-")]) in held["where"]
        return [item["name"] for item in found["items"]]

    assert shown() == [f"claim-{SHIFTED.name}", f"claim-{more.name}"]
    beside[more.name] = beside[more.name][:1]
    assert shown() == [f"claim-{SHIFTED.name}", f"claim-{few.name}"]
    beside[SHIFTED.name] = [replace(c, published=0.1) for c in beside[SHIFTED.name]]
    assert shown() == [f"claim-{SHIFTED.name}", f"claim-{same.name}"]
    half = [replace(c, published=0.9 * (k % 2)) for k, c in enumerate(beside[SHIFTED.name])]
    beside[SHIFTED.name] = half
    assert shown() == [f"claim-{SHIFTED.name}"]


def test_below_the_claim_s_caption_stands_where_ours_differs_most_and_whether_that_was_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def caption(*published: float, **changed: Any) -> str:
        _, short, more = told(monkeypatch, tmp_path, *published, **changed)
        return f"{more.partition('This panel:')[0]}{short}"

    first, second = (f"At perturbation size ε = {x:g} the published g is" for x in SHIFTED.xs[:2])
    assert caption(0.5, 0.55) == "Published g is above our mean at 2 of 2 points."
    high = caption(0.7, 0.9)
    assert high.startswith(f"{second} 0.900; our 3 seeds reach at most 0.610. It is judged: off.")
    assert high.endswith("above our mean at 2 of 2 points.")
    low = caption(0.05, 0.7)
    assert caption(0.1, 0.05).endswith("Published g is below our mean at all 2 points.")
    assert low.startswith(f"{first} 0.050; our 3 seeds reach at least 0.200. It is judged: off.")
    assert low.endswith("above our mean at 1 of 2 points.")
    assert "; our one seed reaches at most 0.400." in caption(0.9, 0.5, ours=(0.4,))
    chaotic = caption(0.9, 0.9, verdict=CHAOTIC, deviation=0.125)
    assert "It is not judged: seeds scatter there (standard deviation of ten: 0.125)." in chaotic
    unjudged = caption(0.9, 0.9, verdict=UNJUDGED)
    assert "It is not judged: ten seeds were never run there." in unjudged


def test_it_opens_with_what_there_is(tmp_path: Path) -> None:
    lone = replace(run_of([SHIFTED]), results=rising(SHIFTED, 3, 0.1)[:3])
    assert opening(lone, compared(lone), tmp_path) == []  # a single point shows no rise
    run = run_of([SHIFTED], explained=[explained(2)])
    found = opening(run, compared(run), tmp_path)
    assert [figure["name"] for figure in found] == ["claim", "explained"]
    assert found[1]["reach"] == ALONE


def test_the_bound_of_a_statement_is_empty_where_nothing_took_one_step() -> None:
    setting = SHIFTED.settings[1]
    one = replace(setting, epochs_f=1, epochs_g=1)
    others = [setting, replace(one, epochs_g=2), replace(one, loss="logistic")]
    none = "None of these 3 settings took one step each, so that its bound is empty here:"
    assert none in reach("agreement", others)
    assert none in reach("maps", others)
    some = "1 of these 4 settings took one step each, and at the others its bound is empty:"
    assert some in reach("agreement", [one, *others])
    widths = [replace(setting, m=m) for m in (200, 100, 200)]
    assert "bound nothing at a single width, here m = 100 and 200:" in reach("cossim", widths)


@pytest.mark.parametrize("said", ["so that its bound is empty here", "bound nothing at a single"])
def test_the_page_says_above_its_panels_that_a_bound_is_empty(
    content: dict[str, Any], said: str
) -> None:
    assert said in page(content).partition('id="tables"')[0]
