"""How often predictions of g miss is counted by how long its networks trained for their width."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.lengths import LEAST, bins, draw, length, of_lengths
from verifier.reproduction.gallery.page import page
from verifier.reproduction.panels import Panel, published_panels
from verifier.reproduction.training.results import PointResult, Run

PANEL = published_panels()["shifted-gauss-a-m"]


def run_of(
    lengths: list[float], gaps: dict[str, float], panel: Panel = PANEL, **changed: Any
) -> Reproduction:
    """A point for each length, all of whose predictions are so far off, by series."""
    many = replace(
        panel,
        xs=tuple(map(float, range(len(lengths)))),
        settings=tuple(replace(panel.settings[0], m=k + 1) for k in range(len(lengths))),
    )
    results = []
    for setting, t in zip(many.settings, lengths, strict=True):
        time = t * math.sqrt(setting.m)
        measured = dict.fromkeys(("standard", "perturbation", "agreement"), 0.5)
        predicted = {s: 0.5 + gap for s, gap in gaps.items()}
        run = Run(1.0, 1.0, time, time / 2, measured, predicted)
        results.append(PointResult(setting, "published", 0, (run,), 0.0))
    return Reproduction(panels=[many], results=results, **changed)


BOTH = {"perturbation": 2 * NEAR, "agreement": NEAR / 2}


def test_the_longer_time_counts_of_the_rates_that_measured_best() -> None:
    point = run_of([3.0], BOTH).results[0]
    (run,) = point.runs
    worse = replace(run, time_f=99.0, measured={"agreement": 0.4})
    later = replace(run, time_f=1.0, time_g=7.0)
    assert length([replace(point, runs=(worse, run))], "agreement") == pytest.approx(3.0)
    both = [point, replace(point, runs=(later,))]
    assert length(both, "agreement") == pytest.approx((3 + 7 / math.sqrt(point.setting.m)) / 2)
    assert math.isnan(length([], "agreement"))


def test_every_prediction_is_counted_once_and_those_far_off_apart() -> None:
    run = run_of([0.5] * LEAST + [1.0] * LEAST + [5000.0] * LEAST, BOTH)
    found = bins(run)
    assert [(one.low, one.high) for one in found] == [(0, 1), (1, 10), (10, math.inf)]
    assert all(one.of == {"perturbation": LEAST, "agreement": LEAST} for one in found)
    assert all(one.far == {"perturbation": LEAST, "agreement": 0} for one in found)
    assert [one.where for one in found] == ["under 1", "1 to 10", "10 or more"]


def test_a_prediction_is_far_off_to_either_side() -> None:
    for gap in (2 * NEAR, -2 * NEAR):
        (one,) = bins(run_of([0.5] * LEAST, dict.fromkeys(BOTH, gap)))
        assert one.far == one.of


def test_bins_with_few_are_joined_with_the_next_and_at_the_end_with_the_last() -> None:
    few = LEAST - 1
    joined = bins(run_of([0.5] * few + [5.0] * LEAST + [50.0] * LEAST + [5000.0] * few, BOTH))
    assert [(one.where, one.of["agreement"]) for one in joined] == [
        ("under 10", few + LEAST),
        ("10 or more", LEAST + few),
    ]
    (lone,) = bins(run_of([0.5], BOTH))
    assert lone.of["agreement"] == 1
    assert bins(run_of([0.5] * LEAST, {})) == []


def test_the_picture_has_a_bar_for_each_share_with_its_counts() -> None:
    found = bins(run_of([0.5] * LEAST + [5.0] * LEAST, BOTH))
    bars, labels = draw(found).axes[0].patches, [t.get_text() for t in draw(found).axes[0].texts]
    assert [bar.get_height() for bar in bars] == [100, 100, 0, 0]  # type: ignore[attr-defined]
    assert labels == [f"{far} of\n{LEAST}" for far in (LEAST, LEAST, 0, 0)]
    assert draw(found).axes[0].get_ylim()[1] > 120  # room for what stands above the highest bar


def test_it_is_told_where_there_is_something_to_compare(content: dict[str, Any]) -> None:
    assert of_lengths(run_of([0.5] * LEAST, BOTH)) is None
    told = of_lengths(run_of([0.5] * LEAST + [5.0] * LEAST, BOTH))
    assert told is not None
    accuracy, agreement = told["said"]
    every = f"{LEAST} of {LEAST} accuracies of g where T / √m is under 1, and {LEAST} of {LEAST}"
    assert accuracy == f"{every} where it is 1 or more"
    assert agreement.startswith(
        f"0 of {LEAST} agreements where T / √m is under 1, and 0 of {LEAST}"
    )
    off = {"far": 1, "of": 2, "accuracy": [1, 1], "agreement": [0, 1]}
    figures = [f | {"off_g": off} for f in content["figures"]]
    text = page({**content, "figures": figures, "lengths": told})
    misfit = text.partition('id="predictions"')[2].partition("</section>")[0]
    assert told["picture"] in misfit
    assert f"Predictions more than {NEAR} off: {accuracy}; {agreement}." in misfit  # read aloud
    without = page({**content, "figures": figures, "lengths": None})
    assert "√m" not in without.partition('id="predictions"')[2].partition("</section>")[0]
