"""A panel at a glance: few kinds of lines, in small pictures that stand beside each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from tests.reproduction.gallery.test_curves import PANEL, SCATTER, drawn, lines, rows_of
from tests.reproduction.results import rising
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.gallery import glance
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import draw_panel, title
from verifier.reproduction.gallery.figures import of_curves
from verifier.reproduction.gallery.looks import OF_G
from verifier.reproduction.gallery.numbers import of_panel
from verifier.reproduction.gallery.pictures import legend_of
from verifier.reproduction.gallery.series import BAND_OF_G, DEVIATION
from verifier.reproduction.one_draw import OneDraw
from verifier.reproduction.panels import published_panels

RESULTS = rising(PANEL, 3, 0.02)
READ = published_values(PANEL)
OPEN = "fill-opacity:0;"
"""How an open marker is written in a picture: those of published values are."""
DRAWS = tuple((x, (0.5, 0.6, 0.9)) for x in PANEL.xs)


def test_at_a_glance_there_is_neither_band_nor_recipe_nor_p6() -> None:
    results = RESULTS + rising(PANEL, 1, 0.02, "theory")
    figure = draw_panel(PANEL, rows_of(PANEL, results, SCATTER), READ, at_a_glance=True)
    assert not any(isinstance(c, PolyCollection) for c in figure.axes[0].collections)
    assert not lines(figure, "theory recipe") + lines(figure, "P6")
    for label in (*PANEL.series, "predicted"):
        assert len(lines(figure, label)) == len(lines(drawn(), label)) > 0
    left_out = {*legend_of(drawn())} - {*legend_of(figure)}
    assert left_out == {BAND_OF_G, "gradient descent", "g, from settings (P6)"}


def test_a_whisker_is_of_our_own_seeds_where_no_ten_were_run_apart() -> None:
    panel = published_panels()["fmnist-a-eps"]
    results = rising(panel, 3, 0.02) + rising(panel, 3, 0.05, "theory")
    found = of_panel(panel, results)
    rows = glance._scattered(Reproduction(panels=[panel], results=results), panel)
    ours = [(k, row) for k, row in zip(found, rows, strict=True) if k["recipe"] == "published"]
    assert {known["deviation"] is None for known, _ in ours} == {True, False}
    for known, row in ours:
        at = panel.settings[panel.xs.index(row["x"])]
        every = [r for r in results if (r.setting, r.recipe) == (at, "published")]
        own = np.std([r.best(row["series"]) for r in every], ddof=1)
        assert row["deviation"] == pytest.approx(known["deviation"] or own)
    others = [row for row in rows if row["recipe"] != "published"]
    assert others == [row for row in found if row["recipe"] != "published"] != []
    alone = [r for r in results if r.seed == results[0].seed]
    one = glance._scattered(Reproduction(panels=[panel], results=alone), panel)
    assert [r["deviation"] for r in one] == [r["deviation"] for r in of_panel(panel, alone)]
    assert DEVIATION in legend_of(draw_panel(panel, rows, {}, at_a_glance=True))


def test_only_a_picture_by_itself_is_as_large_as_one_in_full() -> None:
    panel = published_panels()["cossim-shifted-d"]
    rows = rows_of(panel, rising(panel, 2, 0.01))
    full = draw_panel(panel, rows, {})
    width, type_in_full = full.get_figwidth(), full.axes[0].xaxis.label.get_size()
    alone = draw_panel(replace(panel, series=("cossim",)), rows, {}, at_a_glance=True)
    assert alone.get_figwidth() == width
    assert alone.axes[0].xaxis.label.get_size() == type_in_full
    small = draw_panel(PANEL, rows_of(PANEL, RESULTS), {}, at_a_glance=True)
    assert small.get_figwidth() < width
    assert small.axes[0].xaxis.label.get_size() > type_in_full


def test_a_card_shows_the_draws_that_the_page_opens_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    panels = [PANEL, published_panels()["shifted-gauss-a-gamma"]]
    results = [r for panel in panels for r in rising(panel, 3, 0.02)]
    more = OneDraw(title(PANEL), 3, 1, True, "g", {}, PANEL.name, DRAWS)
    monkeypatch.setattr(one_draw, "draws", lambda: {title(PANEL): more})
    run = Reproduction(panels=panels[:1], results=results)
    figure = of_curves(run, PANEL.figure, {PANEL.name: []}, tmp_path)
    assert figure["lead"] == PANEL.name
    assert figure["farthest"].startswith("1 of our 3 draws lies as high on average")
    both = Reproduction(panels=panels, results=results)
    other = of_curves(both, PANEL.figure, {p.name: [] for p in panels}, tmp_path)
    assert other["lead"] == panels[1].name  # not the same one again


def test_beside_draws_neither_whiskers_nor_a_prediction_are_drawn() -> None:
    rows = rows_of(PANEL, RESULTS, SCATTER)
    figure = draw_panel(PANEL, rows, READ, draws=DRAWS, at_a_glance=True)
    assert len(lines(figure, "draw")) == len(DRAWS[0][1])
    assert not lines(figure, OF_G) + lines(figure, "predicted")
    assert not figure.axes[0].collections


def test_beside_a_panel_that_is_not_compared_nothing_published_is_drawn() -> None:
    for obstacles, shown in (({}, True), ({PANEL.name: "too few images"}, False)):
        run = Reproduction(panels=[PANEL], results=RESULTS, obstacles=obstacles)
        assert (OPEN in glance.at_a_glance(run, PANEL).picture) == shown


def test_pictures_at_a_glance_begin_at_0_or_below_chance_which_they_show() -> None:
    for name, is_told in ((PANEL.name, True), ("cossim-shifted-d", False)):
        panel = published_panels()[name]
        part = replace(panel, series=panel.series if is_told else ("cossim",))
        rows = rows_of(panel, rising(panel, 2, 0.01))
        figure = draw_panel(part, rows, {}, at_a_glance=True)
        low = [row | {"mean": row["mean"] - 0.3} for row in rows]
        for drawn_rows, bottom, ticks in ((rows, 0.4, [0.5, 1.0]), (low, 0.0, [0.0, 0.5, 1.0])):
            (axes,) = draw_panel(part, drawn_rows, {}, at_a_glance=True).axes
            assert axes.get_ylim() == (bottom, 1.03)
            assert [*axes.get_yticks()] == ticks
        heights = {tuple(line.get_ydata()) for line in lines(figure, "chance")}  # type: ignore[arg-type]
        assert heights == ({(0.5, 0.5)} if is_told else set())
        assert not lines(draw_panel(part, rows, {}), "chance")


def test_the_legend_of_all_pictures_says_of_how_many_seeds_ours_is(content: dict[str, Any]) -> None:
    labels = [one["label"] for one in content["marks"]]
    assert f"ours, mean of {content['seeds'][1]} seeds" in labels
