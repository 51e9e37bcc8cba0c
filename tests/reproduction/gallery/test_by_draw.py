"""How well g learns is told draw by draw, and so is how often a draw lies to one side."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.reproduction.gallery.test_claim import IMAGES, compared, run_of
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.gallery import by_draw
from verifier.reproduction.gallery.by_draw import learnt
from verifier.reproduction.gallery.claim import of_claim
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.gallery.looks import OF_G
from verifier.reproduction.one_draw import OneDraw, as_one_sided

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
        ((0.9, 0.51, 0.8, 0.53, 0.999), "80.0% to 99.9% in 3 of 5 draws, 51.0% to 53.0% in 2"),
        ((0.9, 0.8, 0.995), "80.0% to 99.5% in all 3 draws"),
        ((0.9, 0.9, 0.5), "90.0% in 2 of 3 draws, 50.0% in 1"),
        ((0.49, 0.51), "49.0% to 51.0% in all 2 draws"),
    ],
)
def test_draws_that_hardly_learn_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, values: tuple[float, ...], said: str
) -> None:
    monkeypatch.setattr(one_draw, "draws", lambda: {title(IMAGES): of(values)})
    told = learnt(RUN, IMAGES, {LAST: Sample((0.1, 0.2))}, 0.995)
    assert told == f"{title(IMAGES)}, ε = {LAST:g}: {said}; f 99.5%"


def test_without_further_draws_our_own_seeds_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    assert "70.0% to 90.0% in all 2 seeds;" in learnt(RUN, IMAGES, {LAST: Sample((0.9, 0.7))}, 1.0)
    assert "90.0% in one seed;" in learnt(RUN, IMAGES, {LAST: Sample((0.9,))}, 1.0)


def test_further_draws_are_drawn_and_told_if_they_are_of_the_same_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def shown(draw: OneDraw, **changed: Any) -> tuple[str, str, list[str]]:
        monkeypatch.setattr(one_draw, "draws", lambda: {title(IMAGES): draw})
        now = replace(RUN, **changed)
        claimed = of_claim(now, compared(now), tmp_path)
        assert claimed is not None
        labels = [part["label"] for part in claimed["legend"]]
        return claimed["items"][0]["caption"], claimed["holds"][0], labels

    caption, holds, labels = shown(of((0.9, 0.51, 0.8, 0.53, 0.999)))
    assert "By chance too: of our own 5 draws, one beside the mean of 3 others is" in caption
    assert "in 3 of 5 draws" in holds
    assert "g, each of 5 more draws" in labels
    assert "each seed" not in labels
    hindered = shown(of((0.9, 0.8)), obstacles={IMAGES.name: "too few images"})
    for told in (shown(of((0.9, 0.8), panel="fmnist-a-m")), hindered):
        assert "draws" not in told[0] + told[1] + " ".join(told[2])
        assert "in all 3 seeds" in told[1]


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
    assert as_one_sided(drawn, [*xs, 7.0], 1, 2) is None
    assert as_one_sided(drawn, xs, 1, 5) is None


def test_points_are_counted_on_the_side_of_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    xs = IMAGES.xs[1:]
    monkeypatch.setattr(by_draw, "as_one_sided", lambda _, xs, count, others: count / len(xs))
    for above in range(len(xs) + 1):
        pairs = {x: (0.9 if k < above else 0.1, 0.5) for k, x in enumerate(xs)}
        for is_above, side in ((True, "above"), (False, "below")):
            found = of((0.9, 0.51, 0.8, 0.53), is_above=is_above)
            monkeypatch.setattr(one_draw, "draws", lambda found=found: {title(IMAGES): found})
            far = above if is_above else len(xs) - above
            told = by_draw.beside(RUN, IMAGES, pairs)
            at = "all" if far == len(xs) and side == "below" else f"{far} of"
            assert told.startswith(f"Published g is {side} our mean at {at} {len(xs)} points. By")
            assert f"as often {side} in {far / len(xs):.0%} of cases" in told


def test_it_is_no_evidence_only_where_it_is_not_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = dict.fromkeys(IMAGES.xs[1:], (0.1, 0.5))
    monkeypatch.setattr(one_draw, "draws", lambda: {title(IMAGES): of((0.9, 0.51, 0.8, 0.53))})
    for share, is_told in ((0.06, True), (0.05, False)):
        monkeypatch.setattr(by_draw, "as_one_sided", lambda *_, share=share: share)
        told = by_draw.beside(RUN, IMAGES, pairs)
        assert told.startswith(f"Published g is below our mean at all {len(pairs)} points. By ")
        assert f"as often below in {share:.0%} of cases" in told
        assert ("no evidence against the paper" in told) is is_told
    alone = by_draw.beside(replace(RUN, seeds=1), IMAGES, pairs)
    assert "one beside another is as often" in alone
    assert by_draw.beside(RUN, IMAGES, {}) == ""


def test_the_panel_s_own_values_are_those_at_its_last_x(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    found = of_claim(RUN, compared(RUN), tmp_path)
    assert found is not None
    own = sorted(r.best(OF_G) for r in RUN.points(IMAGES)[LAST])
    assert f"{own[0]:.1%} to {own[-1]:.1%}" in found["holds"][0]
