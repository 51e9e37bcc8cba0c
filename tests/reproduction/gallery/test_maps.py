"""Maps of agreement, and images with their perturbations: they show what was computed."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tests.reproduction.results import crossed_map, explained
from verifier.report.plots import INK, LIMIT
from verifier.reproduction.gallery.looks import PURPLE
from verifier.reproduction.gallery.maps import (
    MOST_SAMPLES,
    draw_explained,
    draw_map,
    map_shares,
    one_of_each,
)
from verifier.reproduction.gallery.pictures import legend_of
from verifier.reproduction.panels import published_maps

MAP = published_maps()["map-shifted-a"]


def test_a_map_has_its_zero_lines_and_a_part_of_its_samples() -> None:
    result = crossed_map(MAP)
    figure = draw_map(MAP, result)
    (axes,) = figure.axes
    assert axes.get_xlim() == axes.get_ylim() == MAP.limits
    lines = result.published_g_hat, result.f_hat, result.g_hat
    for contour, values in zip(axes.collections, lines, strict=True):
        zeros = np.concatenate([path.vertices for path in contour.get_paths()])
        cells = np.round((zeros - MAP.limits[0]) / np.ptp(MAP.limits) * (MAP.resolution - 1))
        column, row = cells.astype(int).T
        step = np.ptp(MAP.limits) / MAP.resolution
        assert np.abs(values[row, column]).max() < 2 * step
    below, *above = (float(contour.get_linewidths()[0]) for contour in axes.collections)
    assert below > 2 * max(above)  # so that it is seen below another
    assert sum(len(line.get_xdata()) for line in axes.get_lines()) == MOST_SAMPLES
    (image,) = axes.get_images()
    np.testing.assert_array_equal(np.asarray(image.get_array()), result.agree)
    assert image.origin == "lower"  # the first row at the bottom, as the contours have it
    assert tuple(image.get_extent()) == MAP.limits * 2
    few = draw_map(MAP, crossed_map(MAP, samples=10))
    assert sum(len(line.get_xdata()) for line in few.axes[0].get_lines()) == 10


def test_the_legend_of_a_map_and_the_names_on_its_lines_are_of_what_is_drawn() -> None:
    result = crossed_map(MAP)
    figure = draw_map(MAP, result)
    (axes,), signs = figure.axes, legend_of(figure)
    (image,) = axes.get_images()
    for value, label in ((True, "f and g agree"), (False, "they differ")):
        sign = signs[label]
        assert isinstance(sign, Patch)
        assert image.to_rgba(np.array([[value]]))[0, 0] == pytest.approx(sign.get_facecolor())
    lines = [
        ("paper's ĝ", result.published_g_hat),
        ("f̂", result.f_hat),
        ("ĝ", result.g_hat),
    ]
    ticks = np.linspace(*MAP.limits, MAP.resolution)
    colours = [to_hex(drawn.get_edgecolor()[0]) for drawn in axes.collections]
    assert colours == [PURPLE, to_hex(INK), to_hex(LIMIT)]
    assert [drawn.get_linestyles()[0][1] is None for drawn in axes.collections] == [
        True,
        True,
        False,
    ]
    for name, (named, values) in zip(axes.texts, lines, strict=True):
        assert name.get_text() == named
        column, row = (int(np.abs(ticks - at).argmin()) for at in name.xy)
        assert abs(values[row, column]) < 0.05
    for marks, label, of in zip(
        axes.get_lines(), ("samples, +1", "samples, −1"), (1, -1), strict=True
    ):
        sign = signs[label]
        assert isinstance(sign, Line2D)
        assert (marks.get_marker(), marks.get_color()) == (sign.get_marker(), sign.get_color())
        own = result.projected[result.labels == of].tolist()
        assert all(place in own for place in np.asarray(marks.get_xydata()).tolist())


def test_what_is_said_of_a_map() -> None:
    result = crossed_map(MAP)
    same = np.sign(result.f_hat) == np.sign(result.g_hat)
    agree, told, differing = map_shares(result)
    assert agree == pytest.approx(result.agree.mean())
    assert told == pytest.approx(same[result.agree].mean())
    assert differing == pytest.approx(1 - same[~result.agree].mean())
    assert 0.5 < min(told, differing) < max(told, differing) < 1
    published = np.sign(result.f_hat) == np.sign(result.published_g_hat)
    _, right, _ = map_shares(result, result.published_g_hat)
    assert right == pytest.approx(published[result.agree].mean()) != told
    everywhere = replace(result, agree=np.ones_like(result.agree))
    assert map_shares(everywhere) == (1.0, pytest.approx(same.mean()), None)


def test_the_explaining_picture_shows_each_row_on_one_symmetric_scale() -> None:
    content = explained(4)
    figure = draw_explained(content)
    assert len(figure.axes) == 12
    for i in range(4):
        image, pull, total = (axes.get_images()[0] for axes in figure.axes[3 * i : 3 * i + 3])
        for shown, values in ((image, content.images), (pull, content.perturbations)):
            np.testing.assert_array_equal(shown.get_array(), values[i].reshape(28, 28))
        np.testing.assert_array_equal(total.get_array(), content.sums[i].reshape(28, 28))
        low, high = pull.get_clim()
        assert low == -high
        assert pull.get_clim() == total.get_clim()
        label = figure.axes[3 * i + 2].get_ylabel()
        assert label == f"cos {content.cosines[i]:.3f}"


def test_a_page_explains_one_image_of_each_class() -> None:
    content = explained(4)
    shown = one_of_each(content)
    rows = [list(content.labels).index(label) for label in shown.labels]
    assert sorted(shown.labels) == sorted(set(content.labels))
    np.testing.assert_array_equal(shown.images, content.images[rows])
    np.testing.assert_array_equal(shown.cosines, content.cosines[rows])
