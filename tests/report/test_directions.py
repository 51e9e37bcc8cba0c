"""R3's picture: both angles by width, beside what it says against the paper."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from tests.report.records import Balanced, whole_record
from verifier.report.content import gather, statements_of
from verifier.report.corrections import POINTS, angles
from verifier.report.directions import HEADROOM, caption, directions
from verifier.report.html import page


def measured(of: str = "R3") -> dict[str, Any]:
    """To h the angle falls, to s it does not: each value the root of a sum of squares."""
    root = math.sqrt(POINTS)
    falls = [[0.4 * root, 0.2 * root, 0.1 * root]] * 2 + [[9.0, 9.0, 9.0]]
    stays = [[0.5 * root] * 3] * 3
    series = [
        {"name": f"angle(what training adds, {letter})", "sizes": [10, 100, 1000], "values": values}
        for letter, values in (("h", falls), ("s", stays))
    ]
    return {"id": of, "series": series}


def test_both_angles_are_drawn_as_those_of_a_point() -> None:
    shown = directions([measured()])
    assert "at width 1000 0.5 to s, published, 0.1 to h, corrected" in shown
    assert directions([measured("R2")]) == ""
    assert HEADROOM > 1  # a marker on the end of its axis is cut
    assert shown.count("-LineCollection_") == 2  # a bar for each median, of either direction
    assert caption([measured("R2")]) == ""
    alone = measured()
    alone["series"].pop()
    assert directions([alone]) == ""


def test_an_angle_that_falls_as_a_power_is_a_line_as_in_the_docs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def seen(axes: Axes, *_: str) -> str:
        labels = [axes.yaxis.get_major_formatter()(tick) for tick in (0.05, 0.2)]
        low, high = axes.get_ylim()
        assert low < 0.1 < 0.5 < high  # every mark is inside
        return f"{axes.get_xscale()} {axes.get_yscale()} {' '.join(labels)}"

    monkeypatch.setattr("verifier.report.directions.svg_element", seen)
    assert directions([measured()]) == "log log 0.05 0.2"


def test_bars_end_where_a_tenth_of_the_draws_lie_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[list[float]] = []

    def seen(axes: Axes, *_: str) -> str:
        bars = [bar for lines in axes.collections for bar in lines.get_segments()]  # type: ignore[attr-defined]
        drawn.extend(bar[:, 1].tolist() for bar in bars)
        return ""

    monkeypatch.setattr("verifier.report.directions.svg_element", seen)
    directions([measured()])
    ends = [
        np.percentile(values, (10, 90), axis=0).T for _, values in angles([measured()]).values()
    ]
    assert drawn == pytest.approx(np.concatenate(ends))


def test_the_picture_stands_beside_what_it_shows_where_that_holds() -> None:
    for is_held in (True, False):
        record = whole_record()
        record.evidence = [e for e in record.evidence if is_held or e.statement != "R3"]
        content = gather(record)
        (r3,) = (s for s in statements_of(content) if s["id"] == "R3")
        fitted = {"experiment": "", "exponent": -0.3, "interval": [-0.4, -0.2]}
        r3["series"] = [{**one, **fitted} for one in measured()["series"]]
        text = page(content)
        assert text.count('aria-label="Angles by width') == is_held
        if is_held:
            at = text.index('aria-label="Angles by width')
            assert text.index("corrects the paper:") < at < text.index("Earlier, not in this run")
            marks = "that switch on or off add. Marks: medians of 3 draws; bars:"
            assert f"{marks} the middle 80%." in Balanced(text).words
