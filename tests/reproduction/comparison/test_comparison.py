"""Bands, verdicts and chaotic points: what is compared with the published values, and how."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import stdev

import numpy as np
import pytest

from tests.reproduction.results import point, rising
from verifier.reproduction.comparison.bands import Sample, band, points_of
from verifier.reproduction.comparison.chaos import (
    LEAST_SEEDS,
    SCATTER,
    Key,
    chaotic_code,
    deviation,
    read_deviations,
    write_chaotic,
)
from verifier.reproduction.comparison.published import (
    CHAOTIC,
    CLOSE,
    INCOMPARABLE,
    INSIDE,
    NEAR,
    OFF,
    UNJUDGED,
    Comparison,
    compare,
    published_values,
)
from verifier.reproduction.comparison.summary import Summary
from verifier.reproduction.comparison.wrong_values import compare_wrong_values
from verifier.reproduction.panels import published_panels
from verifier.reproduction.training.results import PointResult, Run

PANEL = published_panels()["shifted-gauss-a-d"]
SERIES = "agreement"
STABLE: dict[Key, float] = {(PANEL.name, x, s): 0.001 for x in PANEL.xs for s in PANEL.series}
"""Every point of PANEL as if ten seeds had judged it stable."""


def runs_around(published: float, shift: float, scatter: float, seeds: int) -> list[PointResult]:
    """At the first point of PANEL: values with mean `published + shift` and this deviation."""
    unit = np.linspace(-1, 1, seeds) if seeds > 1 else np.zeros(1)
    unit = unit / (unit.std(ddof=1) if seeds > 1 else 1)
    values = published + shift + scatter * unit
    return [point(PANEL.settings[0], k, {SERIES: float(v)}) for k, v in enumerate(values)]


def only(found: Sequence[Comparison], series: str = SERIES) -> Comparison:
    (chosen,) = (c for c in found if c.series == series)
    return chosen


def test_a_band_holds_one_further_run_as_often_as_it_says() -> None:
    draws = 0.7 + 0.05 * np.random.default_rng(0).normal(size=(20_000, 4))
    hits = 0
    for *seen, further in draws:
        limits = band(seen)
        assert limits is not None
        hits += limits[0] <= further <= limits[1]
    assert hits / len(draws) == pytest.approx(0.95, abs=0.008)  # five standard errors


def test_one_seed_has_no_band() -> None:
    assert band([0.5]) is None
    assert band([0.5, 0.5]) == (0.5, 0.5)


def test_every_published_value_belongs_to_a_point_of_its_panel() -> None:
    values = {p.name: published_values(p) for p in published_panels().values()}
    for panel in published_panels().values():
        assert {x for x, _ in values[panel.name]} <= set(panel.xs)
        assert {s for _, s in values[panel.name]} <= set(panel.series)
    assert published_values(PANEL)[10.0, "perturbation"].value == 0.513
    assert sum(len(v) for v in values.values()) > 1000
    assert published_values(PANEL.reduced(2)) == {}


@pytest.mark.parametrize(
    ("shift", "scatter", "seeds", "verdict"),
    [
        (0.02, 0.02, 3, INSIDE),  # the band reaches 0.099
        (0.095, 0.02, 3, INSIDE),
        (0.105, 0.02, 3, OFF),
        (NEAR, 0.0001, 3, CLOSE),
        (-NEAR, 0.0001, 3, CLOSE),
        (NEAR + 0.0005, 0.0001, 3, OFF),
        (NEAR, 0.0, 1, CLOSE),
        (0.0, 0.0, 1, CLOSE),  # of one seed nothing is inside
        (NEAR + 0.0005, 0.0, 1, OFF),
    ],
)
def test_verdicts(shift: float, scatter: float, seeds: int, verdict: str) -> None:
    read = published_values(PANEL)[PANEL.xs[0], SERIES]
    assert read.value is not None
    results = runs_around(read.value, shift, scatter, seeds)
    found = only(compare(PANEL, results, known=STABLE))
    assert found.verdict == verdict
    assert (found.published, found.err) == (read.value, read.err)
    assert found.apart == pytest.approx(shift)
    assert len(found.sample.values) == seeds
    assert only(compare(PANEL, results, known={})).verdict == UNJUDGED


def test_what_cannot_be_compared_says_why() -> None:
    panel = published_panels()["shifted-gauss-a-N"]
    found = compare(panel, rising(panel, 3, 0.01), known={})
    occluded = [c for c in found if "occluded" in c.reason]
    qualities = [p.quality for p in published_values(panel).values()]
    assert len(occluded) == qualities.count("occluded") > 0
    assert all(c.verdict == INCOMPARABLE for c in occluded)
    empty = published_panels()["gauss-a-m"]  # some of its values were not visible at all
    found = compare(empty, rising(empty, 3, 0.01), known={})
    off_axis = [c for c in found if "off axis" in c.reason]
    assert off_axis
    assert all(c.verdict == INCOMPARABLE for c in off_axis)
    told = compare(PANEL, rising(PANEL, 3, 0.01), "the data are a subset", {})
    assert {(c.verdict, c.reason) for c in told} == {(INCOMPARABLE, "the data are a subset")}


def test_diverged_reduced_and_theory_runs_are_not_compared() -> None:
    diverged = PointResult(PANEL.settings[0], "published", 0, (Run(1, 1, 9, 9, {}, {}),), 0.0)
    found = compare(PANEL, [diverged], known={})
    assert {c.reason for c in found} == {"every training diverged"}
    assert {(c.apart, c.half_width, c.to_json()["mean"]) for c in found} == {(None, None, None)}
    assert compare(PANEL, rising(PANEL, 3, 0.01, "theory"), known={}) == []
    small = PANEL.reduced(2)
    assert compare(small, rising(small, 3, 0.01), known={}) == []
    assert points_of(small, rising(small, 3, 0.01), "published")


def test_a_sample_takes_the_best_rates_and_each_seed_once() -> None:
    setting = PANEL.settings[0]
    runs = tuple(Run(r, 1.0, 9, 9, {SERIES: v}, {SERIES: p}) for r, v, p in
                 ((1.0, 0.6, 0.5), (0.1, 0.8, 0.7), (0.01, 0.7, 0.9)))  # fmt: skip
    one = PointResult(setting, "published", 0, runs, 0.0)
    (found,) = points_of(PANEL, [one, one, point(setting, 1, {SERIES: 0.6})], "published").values()
    sample = Sample.of(found, SERIES)
    assert sample.values == (0.8, 0.6)
    assert sample.predicted == 0.7
    assert sample.gap == pytest.approx(0.1)  # of the seed that predicted anything
    assert Sample.of(found, SERIES, PointResult.first).values == (0.6, 0.6)
    assert Sample.of(found, SERIES, PointResult.worst).values == (0.6, 0.6)


def test_a_cosine_panel_shares_settings_but_not_results() -> None:
    cosines = published_panels()["cossim-shifted-d"]
    shared = set(cosines.settings) & set(PANEL.settings)
    assert shared
    curves = rising(PANEL, 2, 0.01)
    assert points_of(cosines, curves, "published") == {}
    both = curves + rising(cosines, 2, 0.01)
    assert set(points_of(cosines, both, "published")) == set(cosines.xs)
    for point_results in points_of(PANEL, both, "published").values():
        assert all(not math.isnan(r.best("agreement")) for r in point_results)


def test_chaos_needs_ten_seeds_and_is_about_scatter_alone() -> None:
    wide, narrow = [0.5, 0.6] * 5, [0.50, 0.51] * 5
    assert len(wide) == LEAST_SEEDS
    scatter = deviation(wide), deviation(narrow)
    assert scatter == pytest.approx((stdev(wide), stdev(narrow)))
    assert stdev(narrow) < SCATTER < stdev(wide)
    assert deviation(wide[:-1]) is None
    assert deviation(wide[:-1], 0.25) == 0.25
    assert deviation(wide, 0.25) == stdev(wide)


def test_chaotic_points_are_set_against_the_theory_instead() -> None:
    setting = PANEL.settings[0]
    results = [
        point(setting, k, {SERIES: 0.5 + 0.1 * (k % 2)}, predicted={SERIES: 0.53 + 0.04 * (k % 2)})
        for k in range(LEAST_SEEDS)
    ]
    found = only(compare(PANEL, results, known={}))
    assert found.verdict == CHAOTIC  # though its published value is inside the band
    assert found.sample.gap == pytest.approx(0.03)  # seed by seed, though the means are equal
    published = found.published
    assert published is not None
    below = sum(v < published for v in (0.5, 0.6)) * LEAST_SEEDS // 2
    assert found.to_json()["below"] == below
    assert only(compare(PANEL, results[:3], known={})).verdict == UNJUDGED
    told = {(PANEL.name, PANEL.xs[0], SERIES): 2 * SCATTER}
    few = only(compare(PANEL, results[:3], known=told))
    assert (few.verdict, few.deviation) == (CHAOTIC, 2 * SCATTER)
    assert few.deviations_apart == pytest.approx((published - few.sample.mean) / (2 * SCATTER))
    steady = [point(setting, k, {SERIES: 0.5}) for k in range(LEAST_SEEDS)]
    found = only(compare(PANEL, steady, known=told))  # ten seeds of its own decide
    assert (found.verdict, found.sample.gap) == (CLOSE, None)


def test_judged_points_survive_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.reproduction.comparison.chaos._FOLDER", tmp_path)
    assert read_deviations() == {}
    assert chaotic_code() == ""
    first, second, third = PANEL.settings[:3]
    results = [point(first, k, {SERIES: 0.5 + 0.1 * (k % 2)}) for k in range(10)]
    results += [point(second, k, {SERIES: 0.5}) for k in range(12)]
    results += [point(third, k, {SERIES: 0.5 + 0.1 * (k % 2)}) for k in range(9)]
    write_chaotic(tmp_path / "chaotic.json", results, "some code")
    assert chaotic_code() == "some code"
    known = {k: v for k, v in read_deviations().items() if k[0] == PANEL.name}
    of_ten = stdev(0.5 + 0.1 * (k % 2) for k in range(10))
    assert known == {
        (PANEL.name, PANEL.xs[0], SERIES): pytest.approx(of_ten),
        (PANEL.name, PANEL.xs[1], SERIES): 0.0,
    }
    written = json.loads((tmp_path / "chaotic.json").read_text())["points"]
    assert {"panel", "x", "series", "deviation", "seeds"} == set(written[0])
    assert max(p["deviation"] for p in written) > SCATTER


def test_the_comparison_notices_wrong_values() -> None:
    """g's series rise with x, apart from each other; what is put in their place does not fit."""
    read = published_values(PANEL)
    results = []
    for x, setting in zip(PANEL.xs, PANEL.settings, strict=True):
        for seed in range(3):
            values = {s: (read[x, s].value or 0.0) + 0.001 * seed for s in PANEL.series}
            results.append(point(setting, seed, values))
            results.append(point(setting, seed, dict.fromkeys(PANEL.series, 0.3), "theory"))
    compared = {PANEL.name: compare(PANEL, results, known=STABLE)}
    assert Summary(tuple(compared[PANEL.name])).share == 1.0
    found = {c.name: c for c in compare_wrong_values([PANEL], lambda _: results, compared)}
    for control in found.values():
        assert control.true == control.stable
        assert sum(control.matched) <= sum(control.stable)
    ones = found["every value is 1"]
    expected = sum(
        abs(1 - v.value) <= NEAR
        for (_, s), v in read.items()
        if s in ("perturbation", "agreement") and v.value is not None and v.quality == "ok"
    )
    assert ones.matched[0] == expected < ones.stable[0]
    plain = found["gradient descent for SGD with momentum and cuts"]
    assert (plain.matched, plain.stable[0]) == ((0, 0), ones.stable[0])
    assert plain.to_json()["shares"][0] == 0.0
    assert ones.to_json()["shares"][0] == ones.matched[0] / ones.stable[0] > 0
    assert found["the values of the next point"].matched[0] < ones.stable[0]
    assert "accuracy of f for that of g" in found
    assert found["accuracy of f for that of g"].stable[1] == 0
    assert found["accuracy of f for that of g"].shares[1] is None
