"""A legend is within its picture, whatever its labels say."""

from __future__ import annotations

import matplotlib
import pytest
from matplotlib.figure import Figure

from verifier.reproduction.gallery.looks import look
from verifier.reproduction.gallery.pictures import (
    LEGEND_LINE,
    STYLE,
    WIDTH,
    add_legend,
    bare,
)

HEIGHT = 2.5


@pytest.mark.parametrize(("long", "lines"), [("short", 2), ("a label of very many words", 3)])
def test_no_legend_is_cut_at_its_picture_s_edges(long: str, lines: int) -> None:
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    with matplotlib.rc_context(STYLE):
        figure.add_subplot()
        add_legend(figure, {f"{long} {name}": look("black", "o", "-") for name in "abc"})
    (legend,) = figure.legends
    figure.draw_without_rendering()
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert 0 <= box.y0 < box.y1 <= figure.bbox.height
    assert figure.get_figheight() == pytest.approx(HEIGHT + lines * LEGEND_LINE)
    assert bare(figure).get_figheight() == pytest.approx(HEIGHT)
