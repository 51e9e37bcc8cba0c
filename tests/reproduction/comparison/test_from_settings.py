"""P6 beside a panel: whose settings and times it takes, and the tilt by targets that were drawn."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from tests.reproduction.results import point
from verifier.reproduction.comparison.from_settings import Off, forecast, forecasts, off
from verifier.reproduction.panels import published_panels
from verifier.reproduction.training.results import PointResult, Run
from verifier.reproduction.training.samples import draw_samples
from verifier.statements.agreement.accuracy import Accuracy

PANEL = published_panels()["shifted-gauss-a-d"]


def test_times_are_those_of_the_rates_that_measured_best() -> None:
    setting = PANEL.settings[-1]
    slow, best = ({"perturbation": v, "agreement": 1 - v} for v in (0.6, 0.9))
    runs = Run(0.1, 0.1, 5.0, 7.0, slow, {}), Run(1.0, 1.0, 50.0, 70.0, best, {})
    found = forecast(PointResult(setting, "published", 0, runs, 0.0))
    assert found is not None
    due = Accuracy(0.3, 100, 1000, 0.0, 1.0, 50.0, 70.0, 0.01, 100)
    mean = float(draw_samples(setting, 0, None, "cpu").targets.mean())
    assert (found.measured, found.stated) == (0.9, due.of_g())
    assert found.given == due.of_g_given(mean)
    assert (
        forecast(PointResult(setting, "published", 0, (replace(runs[0], measured={}),), 0)) is None
    )


def test_only_panels_that_p6_is_about_have_it() -> None:
    for name, panel in published_panels().items():
        results = [point(panel.settings[0], 0, dict.fromkeys(panel.series, 0.5))]
        has = bool(forecasts(panel, results))
        assert has == (name.startswith("shifted-gauss-a") and not name.endswith("logistic")), name


def test_points_and_distances() -> None:
    first, last = PANEL.settings[0], PANEL.settings[-1]
    results = [point(s, k, {"perturbation": 0.5}) for s in (first, last) for k in range(2)]
    results += [point(first, 0, {"perturbation": 0.9}, "theory")]
    found = forecasts(PANEL, results)
    assert {x: len(seeds) for x, seeds in found.items()} == {10.0: 2, 100.0: 2}
    every = [f for seeds in found.values() for f in seeds]
    due = np.mean([[abs(f.stated - 0.5), abs(f.given - 0.5)] for f in every], axis=0)
    assert off(found) == Off(pytest.approx(due[0]), pytest.approx(due[1]))
    assert off({}) is None


def test_over_random_targets_the_tilt_averages_out_to_p6() -> None:
    a = Accuracy(0.3, 100, 1000, 0.2, 1.0, 50.0, 700.0, 0.01, 100)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    given = [a.of_g_given(float(q)) for q in nodes / 1000**0.5]
    assert weights @ given / weights.sum() == pytest.approx(a.of_g(), abs=1e-6)
    without = replace(a, beta=0.0)
    assert without.of_g_given(0.5) == pytest.approx(without.of_g(), abs=1e-12)
    assert a.of_g_given(0.02) == a.of_g_given(-0.02) < a.of_g_given(0.0)
    # as much tilt as signal: right wherever one class is, even odds in the other
    size = a.eps * a.signal()
    wide = a.g_time * a.attacked * size
    spread = (a.own_output() + (a.g_time * a.attacked * a.eps) ** 2 * a.noise()) ** 0.5
    assert a.of_g_given(size) == pytest.approx((ndtr(2 * wide / spread) + 0.5) / 2)
