"""Pictures: they show what was run, and are the same each time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tests.report.records import HOSTILE
from tests.reproduction.results import (
    crossed_map,
    explained,
    point,
    rising,
)
from verifier.report.plots import svg_element
from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.gallery.curves import draw_panel
from verifier.reproduction.gallery.looks import LOOKS
from verifier.reproduction.gallery.maps import (
    draw_explained,
    draw_map,
)
from verifier.reproduction.gallery.numbers import Row, of_panel
from verifier.reproduction.gallery.pictures import (
    STYLE,
    WIDTH,
    bare,
    inline_svg,
    legend_of,
    merged,
    save,
    swatches,
)
from verifier.reproduction.gallery.series import BAND_OF_G
from verifier.reproduction.panels import Panel, published_maps, published_panels
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.results import PointResult

PANEL = published_panels()["shifted-gauss-a-d"]
MAP = published_maps()["map-shifted-a"]


def lines(figure: Figure, label: str) -> list[Line2D]:
    return [line for line in figure.axes[0].get_lines() if line.get_label() == label]


SCATTER = {(x, s): 0.05 for x in PANEL.xs[:4] for s in PANEL.series}
NONE: dict[tuple[float, str], float] = {}


def rows_of(
    panel: Panel,
    results: Sequence[PointResult],
    scatter: Mapping[tuple[float, str], float] = NONE,
) -> list[Row]:
    """The numbers of a panel, with these deviations of ten seeds in place of the packaged ones."""
    rows = of_panel(panel, results)
    known = {PUBLISHED.name: scatter}
    return [
        row | {"deviation": known.get(row["recipe"], NONE).get((row["x"], row["series"]))}
        for row in rows
    ]


def drawn(panel: Panel = PANEL) -> Figure:
    results = rising(panel, 3, 0.02) + rising(panel, 1, 0.02, "theory")
    return draw_panel(panel, rows_of(panel, results, SCATTER), published_values(panel))


def test_a_panel_shows_every_series_and_on_top_what_was_published() -> None:
    figure = drawn()
    results = rising(PANEL, 3, 0.02)
    for series in PANEL.series:
        (line,) = lines(figure, series)
        means = [
            np.mean([r.best(series) for r in results if r.setting == setting])
            for setting in PANEL.settings
        ]
        assert list(line.get_xdata()) == list(PANEL.xs)
        np.testing.assert_allclose(np.asarray(line.get_ydata(), dtype=float), means)
    published = lines(figure, "published")
    assert len({line.get_marker() for line in published}) == len(published)
    means = [line for series in PANEL.series for line in lines(figure, series)]
    assert min(line.get_zorder() for line in published) > max(m.get_zorder() for m in means)
    shown = [list(line.get_ydata()) for line in published]
    read = published_values(PANEL)
    assert shown == [[read[x, s].value for x in PANEL.xs] for s in PANEL.series]
    assert len(lines(figure, "predicted")) == len(lines(figure, "theory recipe")) == 3
    descent = [[r.best(s) for r in rising(PANEL, 1, 0.02, "theory")] for s in PANEL.series]
    assert [[*line.get_ydata()] for line in lines(figure, "theory recipe")] == descent
    bands, whiskers = (
        [c for c in figure.axes[0].collections if isinstance(c, kind)]
        for kind in (PolyCollection, LineCollection)
    )
    assert len(bands) == 1  # of g alone: several would swamp the panel
    assert len(whiskers) == len(PANEL.series)
    for series, found in zip(PANEL.series, whiskers, strict=True):
        (line,) = lines(figure, series)
        means = np.asarray(line.get_ydata(), dtype=float)[:4]
        ends = np.array([[end[1] for end in segment] for segment in found.get_segments()])
        np.testing.assert_allclose(ends, np.stack([means - 0.05, means + 0.05], 1))


def test_whiskers_end_at_0_and_1_and_stand_aside_only_where_two_would_meet() -> None:
    high, low = [point(PANEL.settings[k], 0, {"perturbation": v}) for k, v in ((0, 0.9), (1, 0.05))]
    scatter = {(x, "perturbation"): 0.2 for x in PANEL.xs[:2]}

    def whiskers(panel: Panel) -> LineCollection:
        figure = draw_panel(panel, rows_of(panel, [high, low], scatter), {})
        (found,) = (c for c in figure.axes[0].collections if isinstance(c, LineCollection))
        return found

    alone = replace(PANEL, series=("standard", "perturbation"))
    ends = [[float(end[1]) for end in segment] for segment in whiskers(alone).get_segments()]
    np.testing.assert_allclose(ends, [[0.7, 1.0], [0.0, 0.25]])
    bottom, top = whiskers(alone).axes.get_ylim()
    assert bottom <= 0 < 1 <= top < 1.04  # the axis shows them whole, and no more
    below = draw_panel(alone, rows_of(alone, [low], scatter), {})
    assert below.axes[0].get_ylim()[1] < 0.6
    places = [whiskers(p).get_transform().transform((0, 0))[0] for p in (alone, PANEL)]
    assert places[0] > places[1]


def test_agreement_by_itself_is_drawn_as_g_is_and_beside_g_it_is_not() -> None:
    results, read = rising(PANEL, 2, 0.02), published_values(PANEL)
    panel = replace(PANEL, series=("agreement",))
    alone = draw_panel(panel, rows_of(panel, results), read)
    (mine,), (beside,) = lines(alone, "agreement"), lines(drawn(), "agreement")
    (of_g,) = lines(drawn(), "perturbation")
    assert mine.get_linewidth() == of_g.get_linewidth() > beside.get_linewidth()
    assert [line.get_marker() for line in lines(alone, "published")] == [LOOKS["agreement"][1]]
    assert alone.axes[0].get_ylabel() == "agreement"
    assert drawn().axes[0].get_ylabel() == "accuracy, agreement"


def test_p6_stands_beside_the_accuracy_of_g_where_it_is_about_a_panel() -> None:
    results = rising(PANEL, 2, 0.02)
    (line,) = lines(drawn(), "P6")
    found = from_settings.forecasts(PANEL, results)
    stated = [np.mean([f.stated for f in seeds]) for seeds in found.values()]
    np.testing.assert_allclose(np.asarray(line.get_ydata(), dtype=float), stated)
    assert (line.get_linestyle(), line.get_color()) == ("-.", LOOKS["perturbation"][0])
    other = published_panels()["shifted-gauss-a-d-logistic"]
    assert not lines(draw_panel(other, rows_of(other, rising(other, 2, 0.02)), {}), "P6")


def test_bands_stay_between_0_and_1_and_one_seed_has_none() -> None:
    setting = PANEL.settings[0]
    ends = [point(s, k, {"perturbation": float(k)}) for s in PANEL.settings[:2] for k in range(2)]
    (band,) = draw_panel(PANEL, rows_of(PANEL, ends), {}).axes[0].collections
    heights = np.concatenate([path.vertices[:, 1] for path in band.get_paths()])
    assert (heights.min(), heights.max()) == (0, 1)
    alone = draw_panel(PANEL, rows_of(PANEL, [point(setting, 0, {"perturbation": 0.5})]), {})
    assert not alone.axes[0].collections


def test_points_not_run_and_values_not_comparable_are_absent() -> None:
    panel = published_panels()["shifted-gauss-a-N"]
    results = [r for r in rising(panel, 2, 0.02) if r.setting.N <= 100]
    figure = draw_panel(panel, rows_of(panel, results), published_values(panel))
    assert max(lines(figure, "agreement")[0].get_xdata()) == 100
    read = [p for (_, s), p in published_values(panel).items() if s == "standard"]
    shown = lines(figure, "published")[0]
    assert len(shown.get_xdata()) == sum(p.quality == "ok" for p in read) < len(read)
    assert figure.axes[0].get_xscale() == "log"
    (beyond,) = (p for p in figure.axes[0].patches if p.get_label() == "not trained")
    ends = beyond.get_extents().transformed(figure.axes[0].transData.inverted())
    last = max(x for x, _ in published_values(panel))
    assert (ends.x0, ends.x1) == pytest.approx((100, last))
    assert "not trained here" in legend_of(figure)
    assert "not trained here" not in legend_of(drawn())
    illegible = {x: replace(p, quality="illegible") for x, p in published_values(panel).items()}
    unread = draw_panel(panel, rows_of(panel, results), illegible)
    assert "not trained here" not in legend_of(unread)


def test_a_reduced_panel_says_so_and_by_how_much() -> None:
    small = PANEL.reduced(2)
    assert "reduced: N and d divided by 2" in drawn(small).axes[0].get_title(loc="left")
    images = published_panels()["mnist-a-gamma"].reduced(4)
    assert "reduced: N divided by 4" in drawn(images).axes[0].get_title(loc="left")
    assert "reduced" not in drawn().axes[0].get_title(loc="left")


def test_whole_numbers_have_whole_ticks() -> None:
    few = PANEL.reduced(20)
    figure = drawn(few)
    low, high = figure.axes[0].get_xlim()
    ticks = [x for x in figure.axes[0].get_xticks() if low <= x <= high]
    assert len(ticks) > 1
    assert all(float(x).is_integer() for x in ticks)


def test_a_page_s_picture_has_neither_title_nor_legend_and_no_room_for_them() -> None:
    few, many = draw_panel(PANEL, rows_of(PANEL, rising(PANEL, 1, 0.0)), {}), drawn()
    assert len(legend_of(few)) < len(legend_of(many))
    assert few.get_figheight() < many.get_figheight()
    for figure in (few, many):
        assert bare(figure).axes[0].get_title(loc="left") == ""
        assert not figure.legends
    assert few.get_figheight() == pytest.approx(many.get_figheight())


def test_a_legend_has_a_sign_for_each_label_that_is_not_read_aloud() -> None:
    legend = legend_of(drawn())
    shown = swatches(legend, "there")
    assert [part["label"] for part in shown] == list(legend)
    assert len({part["sign"] for part in shown}) == len(legend)
    assert all('aria-hidden="true"' in part["sign"] for part in shown)
    assert 'id="there-0-' in shown[0]["sign"]


def test_signs_have_the_markers_and_colours_of_what_is_drawn() -> None:
    figure = drawn()
    legend = legend_of(figure)
    for name in ("published", "predicted"):
        signs = legend[name]
        assert isinstance(signs, tuple)
        looks, plotted = (
            [(str(s.get_marker() or None), s.get_color(), s.get_linestyle()) for s in found]
            for found in (signs, lines(figure, name))
        )
        assert looks == plotted
    (band,) = (c for c in figure.axes[0].collections if isinstance(c, PolyCollection))
    shade = legend[BAND_OF_G]
    assert isinstance(shade, Patch)
    np.testing.assert_allclose(band.get_facecolor()[0], shade.get_facecolor())


def test_a_legend_of_several_pictures_has_each_sign_once() -> None:
    cosines = published_panels()["cossim-shifted-d"]
    one, other = legend_of(drawn()), legend_of(drawn(cosines))
    both = merged([one, other, one])
    assert [*both] == list(dict.fromkeys([*one, *other]))
    signs = both["published"]
    assert isinstance(signs, tuple)
    assert [s.get_marker() for s in signs] == ["o", "s", "x", "D"]
    assert both["accuracy of g"] is one["accuracy of g"]


def test_a_shorter_picture_says_the_same() -> None:
    panel = published_panels()["shifted-gauss-a-eps"]
    figure = bare(
        draw_panel(panel, rows_of(panel, rising(panel, 3, 0.02)), published_values(panel))
    )
    text = inline_svg(figure, "there", "What it shows at 0.00125.")
    assert 'aria-label="What it shows at 0.00125."' in text
    assert ">0.0025</text>" in text
    with matplotlib.rc_context(STYLE):
        whole = svg_element(figure.axes[0], "there", "What it shows at 0.00125.")
    assert len(text) < 0.6 * len(whole)
    for kind in ("<use ", "<path ", "<text "):
        assert text.count(kind) == whole.count(kind)
    ElementTree.fromstring(text.replace("xlink:href", "href"))


@pytest.mark.parametrize("make", [drawn, lambda: draw_map(MAP, crossed_map(MAP))])
def test_saved_pictures_are_the_same_each_time(tmp_path: Path, make: Any) -> None:
    first, second = (save(make(), tmp_path / folder, "picture") for folder in ("a", "b"))
    assert [p.suffix for p in first] == [".svg", ".png"]
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes()
    assert {p.name for p in (tmp_path / "a").iterdir()} == {"picture.svg", "picture.png"}
    assert ElementTree.parse(first[0]).getroot().tag.endswith("svg")
    assert first[1].read_bytes().startswith(b"\x89PNG")


def test_every_picture_is_drawn_for_a_phone() -> None:
    for figure in (drawn(), draw_map(MAP, crossed_map(MAP)), draw_explained(explained())):
        assert figure.get_size_inches()[0] == WIDTH
        texts = [t for axes in figure.axes for t in (axes.xaxis.label, axes.title)]
        texts += [t for legend in figure.legends for t in legend.get_texts()]
        assert min(t.get_fontsize() for t in texts) >= 8


def test_an_inline_picture_is_labelled_and_its_text_cannot_break_out() -> None:
    svg = inline_svg(drawn(), "panel", HOSTILE)
    root = ElementTree.fromstring(re.sub(r"xlink:", "", svg))
    assert root.get("aria-label") == HOSTILE
    assert root.get("role") == "img"
