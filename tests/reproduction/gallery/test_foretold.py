"""Predicted beside trained values of g: every point that has both is drawn, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.reproduction.results import rising
from verifier.report.plots import SECOND
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery import foretold
from verifier.reproduction.gallery.foretold import (
    COLOURS,
    colours_of,
    draw,
    of_foretold,
    pairs,
)
from verifier.reproduction.gallery.numbers import of_panel
from verifier.reproduction.gallery.page import page
from verifier.reproduction.panels import published_panels

PANEL = published_panels()["shifted-gauss-a-d"]
ROWS = of_panel(PANEL, rising(PANEL, 2, 0.01) + rising(PANEL, 1, 0.02, "theory"))


def test_every_point_of_the_published_recipe_that_has_both_is_drawn() -> None:
    for series in ("perturbation", "agreement"):
        (axes,) = draw(pairs(ROWS, series), {}).axes
        (line,) = (one for one in axes.get_lines() if one.get_label() == PANEL.figure)
        drawn: list[Any] = [*zip(line.get_xdata(), line.get_ydata(), strict=True)]
        rows = [r for r in ROWS if (r["series"], r["recipe"]) == (series, "published")]
        assert drawn == [(r["predicted"], r["mean"]) for r in rows]
        assert len(drawn) == len(PANEL.xs)
    lines = [one for one in axes.get_lines() if one.get_linestyle() == ":"]
    starts = [one.get_xy1() for one in lines]  # type: ignore[attr-defined]
    assert [y - x for x, y in starts] == pytest.approx([-NEAR, NEAR])


def test_what_lacks_one_of_both_is_left_out(tmp_path: Path) -> None:
    none = [row | {"predicted": None} for row in ROWS]
    assert pairs([*none, *ROWS[:0]], "agreement") == []
    assert of_foretold(none, tmp_path) is None
    assert not any(tmp_path.iterdir())


def test_the_figures_with_most_predictions_far_off_have_a_colour_of_their_own() -> None:
    off = {"few": 1, "most": 9, "none": 0, "some": 3, "many": 7, "more": 5}

    def row(figure: str, gap: float, series: str = "agreement") -> dict[str, Any]:
        named = {"figure": figure, "series": series, "recipe": "published"}
        return {**named, "predicted": 0.5, "mean": 0.5 + gap}

    of = {"most": "perturbation"}
    rows = [row(n, 2 * NEAR, of.get(n, "agreement")) for n, far in off.items() for _ in range(far)]
    rows += [row(name, NEAR / 2) for name in off for _ in range(9)]
    colours = colours_of(rows)
    assert colours == dict(zip(("most", "many", "more", "some"), COLOURS, strict=True))
    lines = draw(pairs(rows, "agreement"), colours).axes[0].get_lines()
    drawn = {str(one.get_label()): one.get_color() for one in lines if one.get_label() in off}
    assert drawn == {name: colours.get(name, SECOND) for name in off}
    order = [str(one.get_label()) for one in lines if one.get_label() in off]
    assert {*order[:2]} == {"few", "none"}  # behind those that are looked for


def test_both_series_are_drawn_in_the_colours_that_the_page_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    off = [row | {"mean": row["mean"] - 2 * NEAR} for row in ROWS]
    drawn: list[Any] = []
    monkeypatch.setattr(foretold, "draw", lambda *one: (drawn.append(one), draw(*one))[1])
    found = of_foretold(off, tmp_path)
    assert found is not None
    colours = {PANEL.figure: COLOURS[0]}
    assert drawn == [(pairs(off, series), colours) for series in ("perturbation", "agreement")]
    headings = [picture["heading"] for picture in found["pictures"]]
    assert headings == ["Accuracy of g", "Agreement of f and g"]
    assert found["colours"] == {"shifted-gauss-a": COLOURS[0]}  # as the page names the figure


def test_the_page_shows_it_where_predictions_are_off(content: dict[str, Any]) -> None:
    off = {"far": 1, "of": 2, "accuracy": [1, 1], "agreement": [0, 1]}
    figures = [f | {"off_g": off} for f in content["figures"]]
    text = page({**content, "figures": figures})
    misfit = text.partition('id="predictions"')[2].partition("</section>")[0]
    assert len(content["foretold"]["pictures"]) == 2
    assert all(part["picture"] in misfit for part in content["foretold"]["pictures"])
    cells = dict(re.findall(r'background: (\S+)"></span> (.*?)</li>', misfit))
    titles = {f["name"]: f["title"] for f in figures}
    named = {colour: titles[name] for name, colour in content["foretold"]["colours"].items()}
    assert cells == {**named, SECOND: "others"}
    assert 'class="foretold' not in page({**content, "figures": figures, "foretold": None})


def test_how_far_predictions_are_off_is_told_of_both_series(tmp_path: Path) -> None:
    found = of_foretold(ROWS, tmp_path)
    assert found is not None
    both = [r for r in ROWS if r["series"] in ("perturbation", "agreement")]
    own = [r for r in both if r["recipe"] == "published"]
    gaps = sorted(abs(r["mean"] - r["predicted"]) for r in own)
    assert found["half"] == pytest.approx(median(gaps))
    assert sum(gap <= found["most"] for gap in gaps) == int(0.9 * len(gaps))
    farthest = found["farthest"]
    assert abs(farthest["mean"] - farthest["predicted"]) == gaps[-1]
