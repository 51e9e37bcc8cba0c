"""Predicted beside trained values of g: every point that has both is drawn, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reproduction.results import rising
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.foretold import draw, of_foretold, pairs
from verifier.reproduction.gallery.numbers import of_panel
from verifier.reproduction.gallery.page import page
from verifier.reproduction.panels import published_panels

PANEL = published_panels()["shifted-gauss-a-d"]
ROWS = of_panel(PANEL, rising(PANEL, 2, 0.01) + rising(PANEL, 1, 0.02, "theory"))


def test_every_point_of_the_published_recipe_that_has_both_is_drawn() -> None:
    (axes,) = draw(ROWS).axes
    for series in ("perturbation", "agreement"):
        (line,) = (one for one in axes.get_lines() if one.get_label() == series)
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


def test_the_page_shows_it_where_predictions_are_off(content: dict[str, Any]) -> None:
    figures = [f | {"off_g": {"far": 1, "of": 2}} for f in content["figures"]]
    text = page({**content, "figures": figures})
    misfits = text.partition('<ul class="against">')[2].partition("</section>")[0]
    assert content["foretold"]["picture"] in misfits
    assert "Predicted against trained: accuracy of g (squares)" in misfits
    assert 'class="foretold"' not in page({**content, "figures": figures, "foretold": None})
