"""How well g learns is told draw by draw, and so is how often a draw lies to one side."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.reproduction.gallery.test_claim import IMAGES, compared, run_of
from verifier.report.written import share
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import Sample, band
from verifier.reproduction.gallery import by_draw
from verifier.reproduction.gallery.by_draw import learnt
from verifier.reproduction.gallery.claim import of_claim
from verifier.reproduction.gallery.curves import draw_panel, title
from verifier.reproduction.gallery.looks import OF_G
from verifier.reproduction.gallery.numbers import of_panel
from verifier.reproduction.gallery.page import page
from verifier.reproduction.one_draw import OneDraw, as_one_sided, outside

RUN = run_of([IMAGES])
LAST = IMAGES.xs[-1]


def of(values: tuple[float, ...], **changed: Any) -> OneDraw:
    """Draws of the images' panel that reach these values at its last x."""
    of_g = tuple((x, tuple(0.5 + (v - 0.5) * x / LAST for v in values)) for x in IMAGES.xs)
    kept = OneDraw(title(IMAGES), len(values), 1, False, "g", {}, IMAGES.name, of_g)
    return replace(kept, **changed)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.9, 0.51, 0.8, 0.53, 0.999), "3 of 5: g 80.0% to 99.9%, the others 51.0% to 53.0%"),
        ((0.9, 0.8, 0.995), "3 of 3: g 80.0% to 99.5%"),
        ((0.9, 0.9, 0.5), "2 of 3: g 90.0%, the others 50.0%"),
        ((0.49, 0.51), "0 of 2: g 49.0% to 51.0%"),
        ((0.53, 0.54), "1 of 2: g 54.0%, the others 53.0%"),
    ],
)
def test_draws_that_hardly_learn_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, values: tuple[float, ...], said: str
) -> None:
    monkeypatch.setattr(one_draw, "draws", lambda: {title(IMAGES): of(values)})
    told = learnt(RUN, IMAGES, {LAST: Sample((0.1, 0.2))})
    some_of = f"{told['learnt']} of {told['of']}"
    assert f"{some_of}: {told['how_well']}" == said
    assert told["where"] == f"draws of {title(IMAGES)}, ε = {LAST:g}"


def test_without_further_draws_our_own_seeds_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    told = learnt(RUN, IMAGES, {LAST: Sample((0.9, 0.7))})
    assert (told["learnt"], told["of"], told["kind"]) == (2, 2, "seed")
    assert told["where"].startswith("seeds of ")
    assert told["how_well"] == "g 70.0% to 90.0%"
    assert learnt(RUN, IMAGES, {LAST: Sample((0.9,))})["where"].startswith("seed of ")


def test_further_draws_are_drawn_and_told_if_they_are_of_the_same_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def shown(draw: OneDraw, **changed: Any) -> tuple[str, str, list[str]]:
        monkeypatch.setattr(one_draw, "draws", lambda: {title(IMAGES): draw})
        now = replace(RUN, **changed)
        claimed = of_claim(now, compared(now), tmp_path)
        assert claimed is not None
        labels = [part["label"] for part in claimed["legend"]]
        held = claimed["holds"][0]
        return (
            claimed["items"][0]["caption"],
            f"{held['learnt']} of {held['of']} {held['where']}",
            labels,
        )

    caption, holds, labels = shown(of((0.9, 0.51, 0.8, 0.53, 0.999)))
    found = "1 of our 5 draws lies as low on average as the published g."
    assert caption == f"{found} What matters most in a draw: the initial weights of g."
    assert holds.startswith("3 of 5 draws of ")
    assert "Predicted g" not in caption  # which is of our draws alone
    assert [label for label in labels if label.startswith("g")] == ["g, each of 5 draws"]
    assert "each seed" not in labels
    hindered = shown(of((0.9, 0.8)), obstacles={IMAGES.name: "too few images"})
    for told in (shown(of((0.9, 0.8), panel="fmnist-a-m")), hindered):
        assert "draws" not in told[0] + told[1] + " ".join(told[2])
        assert told[1].startswith("3 of 3 seeds of ")


@pytest.mark.parametrize("is_above", [True, False])
def test_how_often_a_draw_lies_to_one_side_is_counted_over_all_ways_to_take_it(
    is_above: bool,
) -> None:
    drawn = of((0.9, 0.51, 0.8, 0.53, 0.999), is_above=is_above)
    xs, of_g = IMAGES.xs[1:], dict(drawn.of_g)
    for count in range(len(xs) + 1):
        found = []
        for own, first, second, *_ in permutations(range(5)):
            gaps = [of_g[x][own] - fmean((of_g[x][first], of_g[x][second])) for x in xs]
            far = sum(gap > 0 for gap in gaps) if is_above else sum(gap < 0 for gap in gaps)
            found.append(far >= count)
        assert as_one_sided(drawn, xs, count, 2) == pytest.approx(fmean(found))
    alike = of((0.8, 0.8, 0.8), is_above=is_above)
    assert as_one_sided(alike, xs, 1, 2) == 0  # on the others' mean is on neither side
    assert as_one_sided(drawn, [*xs, 7.0], 1, 2) is None
    assert as_one_sided(drawn, xs, 1, 5) is None


def test_points_are_counted_on_the_side_of_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    xs = IMAGES.xs[1:]
    monkeypatch.setattr(by_draw, "as_one_sided", lambda _, xs, count, others: (count, others))
    monkeypatch.setattr(by_draw, "outside", lambda _, xs, count, others: ((count, others), 0.5))
    for above in range(len(xs) + 1):
        pairs = {x: (0.9 if k < above else 0.1, 0.5) for k, x in enumerate(xs)}
        for is_above in (True, False):
            found = of((0.9, 0.51, 0.8, 0.53), is_above=is_above, as_far=2)
            monkeypatch.setattr(one_draw, "draws", lambda found=found: {title(IMAGES): found})
            far = above if is_above else len(xs) - above
            usual = by_draw.by_chance(RUN, IMAGES, pairs, 7)
            told_of = {"side": (far, 3), "outside": (7, 3), "points": 0.5}
            assert usual == {"title": title(IMAGES), **told_of}
            end = "high" if is_above else "low"
            told = by_draw.beside(RUN, IMAGES, pairs)
            lie = f"2 of our 4 draws lie as {end} on average as the published g."
            assert told.startswith(lie)
    monkeypatch.setattr(one_draw, "draws", dict)
    assert by_draw.by_chance(RUN, IMAGES, pairs, 7) is None
    assert by_draw.beside(RUN, IMAGES, {}) == ""
    pairs = {0.1: (0.5, 0.5), 0.2: (0.4, 0.5), 0.3: (0.6, 0.5)}  # on our mean is on neither side
    for n, above in ((2, 0), (3, 1)):
        some = dict([*pairs.items()][:n])
        said = f"Published g is above our mean at {above} of {n} points."
        assert by_draw.beside(RUN, IMAGES, some) == said


def test_how_usual_it_is_stands_on_the_page_with_its_cause(
    monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]
) -> None:
    (figure,) = (f for f in content["figures"] if f["name"] == "shifted-gauss-a")
    drawn = replace(of((0.9, 0.8)), title=figure["title"])
    monkeypatch.setattr(one_draw, "draws", lambda: {figure["title"]: drawn})

    leaning = {**figure, "g": {**figure["g"], "above": 9, "below": 0, "chaotic": 9}}
    found = [leaning if f is figure else f for f in content["figures"]]

    def told(*points: float, side: float = 0.1) -> str:
        usual = [
            {"title": name, "side": side, "outside": 0.25, "points": share}
            for name, share in zip((figure["title"], "other"), points, strict=False)
        ]
        figures = [f | {"by_chance": usual} if f["name"] == "claim" else f for f in found]
        text = page({**content, "seeds": [3, 3], "figures": figures})
        return text.partition('id="one-sided"')[2].partition("</section>")[0]

    text = told(0.17, 0.24)
    assert f"</a>: above at 9 of 9 values. {by_draw.among_draws(drawn)}</li>" in text
    outside = f"outside at {leaning['g']['outside']} of 9."
    rarity = "1 in 10 of our draws is as one-sided, 1 in 4 as often outside.</li>"
    panel = 'In <a href="#claim">its first panel</a>'  # not in all of the figure
    assert f"above at 9 of 9 values; {outside} {panel} {rarity}" in text
    assert "Among our own draws, each set beside 3 others as the published values are" in text
    points = f"our own draws lie outside at {share(0.17)} and {share(0.24)} of points"
    assert f"{points}, not {share(0.05)}." in text
    assert "is not rare" not in told(0.17, side=0.04)
    assert "own draws lie outside" not in told()


@pytest.mark.parametrize(
    "values", [(0.9, 0.51, 0.8, 0.53, 0.999, 0.9), (0.5, 0.51, 0.5, 0.51, 0.9)]
)
def test_how_often_a_draw_lies_outside_the_band_of_others_is_counted_over_all_ways(
    values: tuple[float, ...],
) -> None:
    drawn = of(values)
    xs, of_g = IMAGES.xs[1:], dict(drawn.of_g)
    found = []
    for own, *rest in permutations(range(len(values)), 4):
        bands = [band([of_g[x][k] for k in rest]) for x in xs]
        inside = [b and b[0] <= of_g[x][own] <= b[1] for x, b in zip(xs, bands, strict=True)]
        found.append(len(xs) - sum(map(bool, inside)))
    assert sum(found) > 0
    for count in range(len(xs) + 1):
        as_often = fmean(n >= count for n in found)
        usual = (pytest.approx(as_often), pytest.approx(fmean(found) / len(xs)))
        assert outside(drawn, xs, count, 3) == usual
    assert outside(drawn, [*xs, 7.0], 1, 3) is None
    assert outside(drawn, xs, 1, len(values)) is None
    assert outside(drawn, [], 1, 3) is None


def test_each_draw_is_drawn_in_place_of_ours_and_nothing_is_predicted() -> None:
    panel = replace(IMAGES, series=("standard", OF_G))
    draws = of((0.9, 0.51, 0.8)).of_g
    figure = draw_panel(panel, of_panel(panel, RUN.of(IMAGES)), {}, {}, draws)
    lines = figure.axes[0].get_lines()
    of_g = [[*line.get_ydata()] for line in lines if line.get_label() == "draw"]  # type: ignore[misc]
    assert of_g == [[*one] for one in zip(*(values for _, values in draws), strict=True)]
    assert not {OF_G, "predicted"} & {str(line.get_label()) for line in lines}


def test_the_panel_s_own_values_are_those_at_its_last_x(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    found = of_claim(RUN, compared(RUN), tmp_path)
    assert found is not None
    own = sorted(r.best(OF_G) for r in RUN.points(IMAGES)[LAST])
    assert found["holds"][0]["how_well"].endswith(f"{own[-1]:.1%}")
    assert f"g {own[0]:.1%} to" in found["holds"][0]["how_well"]
