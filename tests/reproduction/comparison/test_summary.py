"""What a summary counts: of all that was compared, of g alone, and of two recipes."""

import json

import pytest

from tests.reproduction.results import point
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import (
    CHAOTIC,
    CLOSE,
    INCOMPARABLE,
    INSIDE,
    OFF,
    UNJUDGED,
    VERDICTS,
    Comparison,
)
from verifier.reproduction.comparison.summary import Summary, missed, of_g, recipes_apart, unjudged
from verifier.reproduction.panels import Panel, published_panels
from verifier.reproduction.training.results import PointResult

PANEL = published_panels()["shifted-gauss-a-d"]
SERIES = "agreement"


def verdicts(*wanted: str) -> tuple[Comparison, ...]:
    values = {INSIDE: (0.4, 0.6), CLOSE: (0.52, 0.53), OFF: (0.6, 0.6)}
    return tuple(
        Comparison(PANEL.name, x, SERIES, Sample(values.get(v, (0.5, 0.5))), 0.5, 0.001, v)
        for x, v in enumerate(wanted)
    )


def test_the_summary_counts_stable_points_only() -> None:
    everything = verdicts(INSIDE, INSIDE, CLOSE, OFF, CHAOTIC, UNJUDGED, UNJUDGED, INCOMPARABLE)
    data = json.loads(json.dumps(Summary(everything).to_json()))
    assert (data["stable"], data["matched"], data["inside"], data["near"]) == (4, 3, 2, 1)
    assert (data["share"], data["unjudged"]) == (0.75, 2)
    assert [c["x"] for c in data["misses"]] == [3]
    assert [c["x"] for c in data["chaotic"]] == [4]
    (series,) = data["series"]
    assert series["series"] == SERIES
    counts = [series[v] for v in VERDICTS if v != INCOMPARABLE]
    assert counts == [2, 1, 1, 1, 2]
    # means .5, .5, .525, .6 against .5; the bands of the first two are wide, the others narrow
    assert (series["within"], series["wide"]) == (3, 3)
    assert series["apart"] == series["signed"] == pytest.approx(0.125 / 4)
    assert Summary(verdicts(CHAOTIC)).share is None


def test_what_is_published_of_g_is_counted_above_or_below_ours_where_seeds_scatter() -> None:
    def at(series: str, verdict: str, published: float) -> Comparison:
        return Comparison(PANEL.name, 0, series, Sample((0.4, 0.6)), published, 0.001, verdict)

    compared = [
        at("perturbation", CHAOTIC, 0.9),
        at("agreement", CHAOTIC, 0.8),
        at("agreement", CHAOTIC, 0.4),
        at("agreement", CHAOTIC, 0.5),  # neither above nor below
        at("standard", CHAOTIC, 0.9),  # of f
        at("agreement", INSIDE, 0.9),
        at("perturbation", OFF, 0.9),
    ]
    found = of_g(compared)
    assert found["higher"] == pytest.approx((0.4 + 0.3 - 0.1 + 0.0) / 4)
    counts = {name: found[name] for name in ("stable", "matched", "chaotic", "above")}
    assert counts == {"stable": 2, "matched": 1, "chaotic": 4, "above": 2}
    assert of_g(compared[4:])["higher"] is None


def test_what_lies_outside_the_band_or_many_deviations_off_is_counted_for_g() -> None:
    def at(series: str, published: float | None, scatter: float | None) -> Comparison:
        place = (PANEL.name, 0, series, Sample((0.49, 0.51)))  # a band of 0.28 to 0.72
        return Comparison(*place, published, 0.001, CHAOTIC, deviation=scatter)

    compared = [
        at("agreement", 0.9, 0.3),
        at("agreement", 0.9, 0.1),
        at("perturbation", 0.1, None),
        at("perturbation", 0.4, 0.04),
        at("perturbation", None, 0.04),
        at("standard", 0.9, 0.1),  # of f
    ]
    assert [c.is_outside for c in compared] == [True, True, True, False, False, True]
    apart = [c.deviations_apart for c in compared]
    assert apart == [pytest.approx(0.4 / 0.3), pytest.approx(4), None, pytest.approx(-2.5), None, 4]
    found = of_g(compared)
    assert (found["outside"], found["far"]) == (3, 2)


def test_what_no_ten_seeds_have_judged_is_counted_by_panel_for_g_and_if_off() -> None:
    def at(panel: str, series: str, verdict: str, published: float | None) -> Comparison:
        return Comparison(panel, 0, series, Sample((0.5, 0.5)), published, 0.001, verdict)

    compared = [
        at("one", "agreement", UNJUDGED, 0.52),
        at("one", "perturbation", UNJUDGED, 0.54),
        at("other", "agreement", UNJUDGED, 0.5),
        at("one", "standard", UNJUDGED, 0.9),  # of f
        at("one", "agreement", CHAOTIC, 0.9),
        at("third", "agreement", OFF, 0.9),
        at("third", "agreement", UNJUDGED, None),
    ]
    assert unjudged(compared) == {"one": (2, 1), "other": (1, 0)}
    assert Summary(tuple(compared)).to_json()["unjudged_of_g"] == unjudged(compared)


def test_where_our_stable_values_are_far_from_the_prediction_is_counted_by_series() -> None:
    def at(x: float, ours: float, predicted: float | None, scatter: float | None) -> Comparison:
        place = (PANEL.name, x, SERIES, Sample((ours, ours), predicted))
        return Comparison(*place, 0.5, 0.001, INSIDE, deviation=scatter)

    compared = [
        at(1, 0.5, 0.52, 0.01),
        at(2, 0.5, 0.54, 0.01),
        at(3, 0.6, 0.5, 0.03),
        at(4, 0.5, 0.9, 0.031),  # chaotic
        at(5, 0.5, 0.9, None),  # unjudged
        at(6, 0.5, None, 0.01),
    ]
    (found,) = missed(compared)
    assert (found["series"], found["stable"], found["far"]) == (SERIES, 3, 2)
    assert found["farthest"] == compared[2].to_json()
    assert missed(compared[3:]) == []
    assert Summary(tuple(compared)).to_json()["predicted"] == [found]


def test_the_recipes_are_compared_where_both_ran() -> None:
    def at(panel: Panel, i: int, recipe: str, value: float) -> PointResult:
        return point(panel.settings[i], 0, {SERIES: value}, recipe)

    results = [at(PANEL, i, "published", 0.9) for i in range(3)]
    assert recipes_apart(PANEL, results) is None
    results += [at(PANEL, 0, "theory", 0.8), at(PANEL, 2, "theory", 0.6)]
    found = recipes_apart(PANEL, results)
    assert found is not None
    assert (found.values, found.x, found.series) == (2, PANEL.xs[2], SERIES)
    assert (found.mean, found.largest) == (pytest.approx(0.2), pytest.approx(0.3))
