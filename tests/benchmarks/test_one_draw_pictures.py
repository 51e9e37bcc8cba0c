"""What stands above and below the pictures of `docs/one-draw.md`, and what they show."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.one_draw import __main__ as command
from benchmarks.one_draw.captions import caption, outcome, outside
from benchmarks.one_draw.cases import SEEDS
from benchmarks.one_draw.compared import ACCURACY
from benchmarks.one_draw.found import Found
from benchmarks.one_draw.picture import draw_draws, draw_panels


@pytest.fixture(scope="module")
def kept() -> list[Found]:
    """What the page was written from."""
    rows = json.loads(command.VALUES.read_text(encoding="utf-8"))
    return [Found.from_json(row) for row in rows]


def test_the_values_outside_the_band_are_named_below_the_picture(kept: list[Found]) -> None:
    (one,) = [one for one in kept if one.sought is not None]
    test = one.tested()
    assert test is not None
    assert one.sought is not None
    told = outside(one, one.sought, test)
    assert f"{test.random.inside} of the {test.random.count} published values of the tests" in told
    assert f"band lie {test.found.count - test.found.inside} of the {test.found.count}: " in told
    counts = re.findall(r"(\d+) in the panel by ", told)
    assert sum(map(int, counts)) == test.found.count - test.found.inside
    page = command.PAGE.read_text(encoding="utf-8")
    assert page.index("(pictures/one-draw-1.png") < page.index(told)
    assert told.startswith("<details><summary>Outside the band: ")


def test_bands_of_fewer_seeds_leave_out_more_on_the_gpu_s_page(kept: list[Found]) -> None:
    (one,) = [one for one in kept if one.sought is not None]
    test = one.tested()
    assert test is not None
    assert one.sought is not None
    told = outside(one, one.sought, test)
    (off, of, few, own, least, most) = map(
        int,
        re.findall(
            r"(\d+) of the same (\d+) lie outside: its bands are of (\d+) seeds, this one of (\d+),"
            r".* leave out (\d+) to (\d+) of them\.",
            told,
        )[0],
    )
    assert of == test.random.count
    assert few < own == len(SEEDS)
    assert least <= off <= most
    assert most > test.random.count - test.random.inside >= least


def test_the_pictures_say_above_that_they_show_no_cause(kept: list[Found]) -> None:
    (one,) = [one for one in kept if one.sought is not None]
    test = one.tested()
    assert test is not None
    assert one.sought is not None
    page = command.PAGE.read_text(encoding="utf-8")
    told = caption(one, one.sought, test)
    assert page.index(told) < page.index("(pictures/one-draw-1.png")
    for left, said in ((0.4, "met"), (0.501, "just missed"), (0.6, "missed")):
        far = replace(test.found, distance=left * test.random.distance)
        others = dict.fromkeys(test.wrong, test.random)
        assert outcome(replace(test, found=far, wrong=others)) == f"{said} its rule"


def test_the_pictures_are_as_wide_as_a_phone_and_show_each_panel_once(kept: list[Found]) -> None:
    (one,) = [one for one in kept if one.sought is not None]
    figures = draw_panels(kept)
    titles = [axes.get_title() for figure in figures for axes in figure.axes]
    assert len(titles) == len(set(titles)) == 1 + len(one.case.held_out)
    assert [int(title.split(".")[0]) for title in titles] == list(range(1, 1 + len(titles)))
    assert all(figure.get_size_inches()[0] < 4 for figure in figures)
    assert [len(figure.legends) for figure in figures] == [1] + [0] * len(one.case.held_out)
    places = [
        [axes.get_position().y0 * figure.get_figheight(), axes.get_position().x0]
        for figure in figures
        for axes in figure.axes
    ]
    assert np.ptp(places, axis=0) == pytest.approx([0, 0])
    for figure in figures:
        (axes,) = figure.axes
        lowest = min(np.min(np.asarray(line.get_ydata())) for line in axes.get_lines())
        assert axes.get_ylim()[0] < lowest
    page = command.PAGE.read_text(encoding="utf-8")
    pictures = (*command.PICTURES, *command.OF_DRAWS.values())
    assert all(f"](pictures/{path.name})" in page for path in pictures)


def test_first_stands_each_draw_beside_the_published_values(kept: list[Found]) -> None:
    for one in kept:
        (axes,) = draw_draws(one).axes
        *draws, published = axes.get_lines()
        assert len(draws) == len(SEEDS)
        panel = one.case.panel(one.case.shown)
        ends = [one.usual[panel.name, panel.xs[-1], ACCURACY][k] for k in range(len(SEEDS))]
        assert [float(np.asarray(line.get_ydata())[-1]) for line in draws] == ends
        assert published.get_label() == "published"
    page = command.PAGE.read_text(encoding="utf-8")
    first = page.index("(pictures/")
    assert page[first:].startswith(f"(pictures/{command.OF_DRAWS[kept[0].case.name].name})")
