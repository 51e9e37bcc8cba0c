"""A panel at a glance: few kinds of lines, and what is not compared is pale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.collections import PolyCollection

from tests.reproduction.gallery.test_curves import PANEL, SCATTER, drawn, lines, rows_of
from tests.reproduction.results import rising
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.chaos import SCATTER as CHAOTIC_FROM
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.gallery import glance
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import draw_panel, title
from verifier.reproduction.gallery.figures import of_curves
from verifier.reproduction.gallery.looks import OF_G
from verifier.reproduction.gallery.pictures import legend_of
from verifier.reproduction.gallery.series import BAND_OF_G, NOT_JUDGED, PALE
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
    assert left_out == {BAND_OF_G, "gradient descent", "g, from settings (P6)", "published"}


def test_published_values_are_pale_where_seeds_scatter_or_too_few_were_run() -> None:
    stable, chaotic = PANEL.xs[:2], PANEL.xs[2:4]
    known = {(x, OF_G): CHAOTIC_FROM for x in stable} | {(x, OF_G): 0.031 for x in chaotic}
    rows = rows_of(PANEL, RESULTS, known)

    def shown(label: str, at_a_glance: bool) -> list[list[float]]:
        figure = draw_panel(PANEL, rows, READ, at_a_glance=at_a_glance)
        marked = [one for one in lines(figure, label) if one.get_marker() == "s"]
        alphas = {float(one.get_alpha() or 1.0) for one in marked}
        assert alphas <= {PALE if label == NOT_JUDGED else 1.0}
        return [[float(x) for x in one.get_xdata()] for one in marked]  # type: ignore[union-attr]

    assert shown("published", True) == [[*stable]]
    assert shown(NOT_JUDGED, True) == [[*PANEL.xs[2:]]]
    assert shown("published", False) == [[*PANEL.xs]]
    assert shown(NOT_JUDGED, False) == []


def test_every_seed_is_seen_where_no_ten_say_how_far_they_scatter() -> None:
    run = Reproduction(panels=[PANEL], results=RESULTS)
    known = {(x, s): 0.05 for x in PANEL.xs[1:] for s in PANEL.series}
    seeds = glance._unjudged_seeds(run, PANEL, rows_of(PANEL, RESULTS, known))
    assert {*seeds} == {*PANEL.series}
    for series, pairs in seeds.items():
        own = [r.best(series) for r in RESULTS if r.setting == PANEL.settings[0]]
        assert pairs == [(PANEL.xs[0], value) for value in own]
    figure = draw_panel(PANEL, rows_of(PANEL, RESULTS, known), {}, seeds, at_a_glance=True)
    assert [line.get_markersize() for line in lines(figure, "seed")] == [3] * len(PANEL.series)
    assert "std. dev., ten seeds" in legend_of(figure)
    one = {s: pairs[:1] for s, pairs in seeds.items()}
    assert not lines(draw_panel(PANEL, rows_of(PANEL, RESULTS), {}, one, at_a_glance=True), "seed")


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
    assert not lines(figure, OF_G) + lines(figure, "predicted") + lines(figure, NOT_JUDGED)
    assert not figure.axes[0].collections
    assert not lines(figure, NOT_JUDGED)


def test_beside_a_panel_that_is_not_compared_nothing_published_is_drawn() -> None:
    for obstacles, shown in (({}, True), ({PANEL.name: "too few images"}, False)):
        run = Reproduction(panels=[PANEL], results=RESULTS, obstacles=obstacles)
        assert (OPEN in glance.at_a_glance(run, PANEL).picture) == shown


def test_pictures_at_a_glance_share_their_axis_and_show_chance_where_classes_are_told() -> None:
    for name, is_told in ((PANEL.name, True), ("cossim-shifted-d", False)):
        panel = published_panels()[name]
        part = replace(panel, series=panel.series if is_told else ("cossim",))
        rows = rows_of(panel, rising(panel, 2, 0.01))
        figure = draw_panel(part, rows, {}, at_a_glance=True)
        assert figure.axes[0].get_ylim() == (0.0, 1.03)
        heights = {tuple(line.get_ydata()) for line in lines(figure, "chance")}  # type: ignore[arg-type]
        assert heights == ({(0.5, 0.5)} if is_told else set())
        assert not lines(draw_panel(part, rows, {}), "chance")
