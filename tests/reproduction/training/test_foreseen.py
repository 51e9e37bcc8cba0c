"""What is foreseen for other losses: R5 where both speak, wide networks, and how it is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from verifier.kernel.phi import k_inf
from verifier.kernel.predicted_times import PredictedTimes
from verifier.model.losses import Identity, Logistic
from verifier.model.network import output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.reproduction.gallery.collected import collect
from verifier.reproduction.panels import PointSetting, published_panels
from verifier.reproduction.plan import Place, Plan
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training.clean_network import CURVES, MAP, Ask
from verifier.reproduction.training.foreseen import Wide, foresee, predicted_times
from verifier.reproduction.training.foreseen_work import foreseeings, is_foreseen
from verifier.reproduction.training.predicted import Predicted
from verifier.reproduction.training.recipes import PUBLISHED, THEORY
from verifier.reproduction.training.samples import draw_network, draw_samples
from verifier.reproduction.training.work import Training

SETTING = PointSetting("shifted", "b", 8, 20, 12, 0.1, 1.0, "logistic", 9, 7, (1.0, 0.1), (2.0,))


@pytest.mark.parametrize("scenario", ["a", "b"])
def test_under_the_identity_loss_it_is_what_r5_predicts(scenario: str) -> None:
    s = replace(SETTING, scenario=scenario, loss="identity")
    ((_, series),) = foresee([Ask(CURVES, s)], "theory", 3, "cpu", None)
    samples = draw_samples(s, 3, None, "cpu")
    f_0, g_0 = (draw_network(name, s, 3, "cpu") for name in "fg")
    T_f, T_g = (sum(rate * reach for _, reach in THEORY.sizes(n)) for rate, n in ((1, 9), (2, 7)))
    due = Predicted(s, 3, samples, None).curves(s, T_f, T_g, f_0, g_0)
    assert len(series) == 1  # the theory recipe's one pair of rates
    assert series[0] == pytest.approx(due, abs=2e-3)  # at most two of 1000 points within rounding


def test_times_are_those_of_the_kernel_machine() -> None:
    X, y = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0)).double()
    y = torch.where(y[:, 0] > 0, 1.0, -1.0).double()
    K, start = k_inf(X, X, 0.1, 1.0), torch.linspace(-1, 1, 5, dtype=torch.float64)
    found = predicted_times(start, K / 5, y, [0.5, 0.2], 30, PUBLISHED, Logistic())
    for rate, tau in zip((0.5, 0.2), found, strict=True):
        recipe = Recipe((rate,) * 30, Logistic(), 0.1, momentum=0.9)
        due = PredictedTimes(start, K, y, recipe).path[-1]  # nothing is cut so early
        torch.testing.assert_close(tau, due, rtol=1e-10, atol=0)


def test_rates_are_cut_where_the_predicted_objective_comes_to_rest() -> None:
    """One sample with both labels: the objective is log 2 and stays."""
    y = torch.tensor([1.0, -1.0], dtype=torch.float64)
    gram, start = torch.ones(2, 2, dtype=torch.float64) / 2, torch.zeros(2, dtype=torch.float64)
    tau = predicted_times(start, gram, y, [1.0], 25, PUBLISHED, Logistic())
    rates = [1.0] * 12 + [0.1] * 11 + [0.01] * 2
    velocity = np.cumsum(0.9 ** np.arange(25)) / 2
    torch.testing.assert_close(tau[0], torch.full_like(y, float(velocity @ rates)))


def test_a_wide_network_ends_where_it_is_foreseen() -> None:
    """Ten times as wide, a root of ten nearer; with the loss's own times and not the identity's."""
    s = replace(SETTING, m=20_000)
    samples = draw_samples(s, 0, None, "cpu")
    errors = []
    for m in (200, 20_000):
        f_0 = draw_network("f", replace(s, m=m), 0, "cpu")
        wide = Wide(f_0, samples.X, samples.y, [0.5], 20, PUBLISHED, Logistic(), s.gamma)
        recipe = Recipe((0.5,) * 20, Logistic(), s.gamma, momentum=0.9)
        f = train(f_0, samples.X, samples.y, recipe).params
        learnt = output(f, samples.z, s.gamma) - output(f_0, samples.z, s.gamma)
        off = output(f, samples.z, s.gamma) - wide.output(0, samples.z)
        errors.append(float((off.square().mean() / learnt.square().mean()).sqrt()))
    assert errors[1] < errors[0] / 4
    assert errors[1] < 0.05
    as_identity = Wide(f_0, samples.X, samples.y, [0.5], 20, PUBLISHED, Identity(), s.gamma)
    apart = as_identity.output(0, samples.z) - output(f, samples.z, s.gamma)
    assert float((apart.square().mean() / learnt.square().mean()).sqrt()) > 0.5


def test_it_is_kept_beside_what_was_trained(tmp_path: Path) -> None:
    panel = published_panels()["shifted-gauss-b-d-logistic"]
    panel = replace(panel, settings=(SETTING,), xs=(8.0,))
    store, ask = Store(tmp_path), Ask(CURVES, SETTING)
    trainings = tuple(
        Training(recipe, 0, (ask,), (1.0,)).keyed(store) for recipe in ("published", "theory")
    )
    works = foreseeings(trainings, store)
    plan = Plan("smoke", 1, Place(), (panel,), (), trainings, {}, {})
    for training in trainings:
        training.run(store)
    before = collect(plan, store).results
    assert all(not run.predicted for r in before for run in r.runs)
    for work in works:
        assert not set(work.keys) & {key for t in trainings for key in t.keys}
        assert all(cost > 0 for cost in work.costs)
        work.run(store)
        assert all(key in store for key in work.keys)
        work.run(store)  # nothing is left to do
    after = collect(plan, store).results
    assert [len(r.runs) for r in after] == [2, 1]
    for old, new in zip(before, after, strict=True):
        assert [r.measured for r in new.runs] == [r.measured for r in old.runs]
        for run in new.runs:
            assert (
                set(run.predicted) == set(run.measured) == {"standard", "perturbation", "agreement"}
            )
    assert after[0].predicted("agreement") > 0


def test_only_curves_under_another_loss_are_foreseen() -> None:
    assert is_foreseen(Ask(CURVES, SETTING))
    assert not is_foreseen(Ask(MAP, SETTING))
    assert not is_foreseen(Ask(CURVES, replace(SETTING, loss="identity")))
