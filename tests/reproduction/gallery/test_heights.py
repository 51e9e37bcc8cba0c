"""How high g lies on average is of the points that have a published value, by draw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.reproduction.gallery.test_by_draw import LAST, RUN, of
from tests.reproduction.gallery.test_claim import IMAGES
from tests.reproduction.gallery.test_glance import OPEN
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.gallery.heights import ASIDE, Heights, draw, heights, of_heights
from verifier.reproduction.gallery.looks import CHANCE, OF_G
from verifier.reproduction.gallery.page import page
from verifier.reproduction.panels import published_panels

VALUES = (0.9, 0.51, 0.8, 0.53)


def test_means_are_over_the_points_that_have_a_published_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beyond = of(VALUES)
    beyond = replace(beyond, of_g=(*beyond.of_g, (LAST + 1, (0.0,) * len(VALUES))))
    monkeypatch.setattr(one_draw, "draws", lambda: {title(IMAGES): beyond})
    (found,) = heights(RUN)
    read = published_values(IMAGES)
    xs = [x for x in IMAGES.xs if (x, OF_G) in read and read[x, OF_G].value is not None]
    own = dict(beyond.of_g)
    assert xs
    assert found.title == title(IMAGES)
    assert found.published == pytest.approx(fmean(read[x, OF_G].value or 0.0 for x in xs))
    for k in range(len(VALUES)):
        assert found.ours[k] == pytest.approx(fmean(own[x][k] for x in xs))


def test_without_further_draws_nothing_is_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: dict[str, Any]
) -> None:
    monkeypatch.setattr(one_draw, "draws", dict)
    assert of_heights(RUN, tmp_path) is None
    assert not list(tmp_path.iterdir())
    assert "heights-legend" not in page({**content, "heights": None})


def test_as_many_of_the_kept_draws_lie_as_far_as_was_counted_elsewhere() -> None:
    kept = one_draw.draws()
    panels = [published_panels()[one.panel] for one in kept.values()]
    found = heights(Reproduction(panels=panels, results=[]))
    assert [one.title for one in found] == [*kept]
    for one in found:
        far = [own - one.published for own in one.ours]
        more = kept[one.title]
        assert sum(gap >= 0 if more.is_above else gap <= 0 for gap in far) == more.as_far


def test_each_draw_has_a_dot_and_equal_ones_stand_beside_each_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: dict[str, Any]
) -> None:
    found = [Heights("one", (0.5, 0.9, 0.5), 0.7), Heights("two", (0.3,), 0.8)]
    (axes,) = draw(found).axes
    drawn = [(str(line.get_label()), line.get_xydata().tolist()) for line in axes.get_lines()]
    places = [[0.5, ASIDE[0]], [0.5, ASIDE[1]], [0.9, ASIDE[2]]]
    assert drawn[:2] == [("draws", places), ("published", [[0.7, 0.0]])]
    assert drawn[2:4] == [("draws", [[0.3, 1.0]]), ("published", [[0.8, 1.0]])]
    assert drawn[4][0] == "chance"
    assert {x for x, _ in drawn[4][1]} == {CHANCE}
    assert axes.get_xlim()[0] < 0.3
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first stands above
    monkeypatch.setattr(one_draw, "draws", lambda: {title(IMAGES): of(VALUES)})
    told = of_heights(RUN, tmp_path)
    assert told is not None
    assert {path.name for path in tmp_path.iterdir()} == {"heights.svg", "heights.png"}
    assert [part["label"] for part in told["legend"]] == ["our draws", "published", "chance"]
    assert [OPEN in part["sign"] for part in told["legend"]] == [False, True, False]
    (one,) = heights(RUN)
    ours = f"ours {min(one.ours):.2f} to {max(one.ours):.2f}, published {one.published:.2f}."
    assert f"{one.title}: {ours}" in told["picture"]  # for who cannot see it
    g = {"above": 9, "below": 0, "chaotic": 9, "higher": 0.1}
    figures = [f | {"g": f["g"] | g} for f in content["figures"]]
    text = page({**content, "figures": figures, "heights": told})
    assert told["picture"] in text.partition('id="one-sided"')[2].partition("</section>")[0]
