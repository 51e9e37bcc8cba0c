"""What one clean network's asks get, against torch's own training of one network at a time."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.meta_device import unusable_defaults
from tests.reproduction.training.test_predicted import phi, predictor, published_direction
from tests.reproduction.training.witness import (
    LOSSES,
    PLANE,
    RECIPES,
    SEED,
    SETTING,
    SMALL_RATES,
    Witness,
    assert_same,
    matches,
    runs_of,
    trained,
)
from verifier.model.attack import natural_inputs
from verifier.model.network import Parameters
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training import clean_network, measured
from verifier.reproduction.training.clean_network import (
    CURVES,
    DIRECTIONS,
    EXPLAINED,
    MAP,
    Ask,
)
from verifier.reproduction.training.predicted import Predicted
from verifier.reproduction.training.results import (
    Explained,
    MapResult,
    PointResult,
)
from verifier.reproduction.training.samples import draw_network, draw_samples


@LOSSES
@RECIPES
@pytest.mark.parametrize("scenario", ["a", "b"])
def test_a_point_is_what_torch_measures(
    scenario: str, recipe: str, loss: str, store: Store
) -> None:
    setting = replace(SETTING, scenario=scenario, loss=loss)
    point, cosine = trained(store, recipe, Ask(CURVES, setting), Ask(DIRECTIONS, setting))
    rates = [(f, g) for f in (1.0, 0.1) for g in (1.0, 0.1)]
    if recipe == "theory":
        rates = rates[:1]
    runs, directions = runs_of(point), {run.rate_f: run for run in runs_of(cosine)}
    assert [(run.rate_f, run.rate_g) for run in runs] == rates
    assert list(directions) == list(dict.fromkeys(rate for rate, _ in rates))
    samples = draw_samples(setting, SEED, None, "cpu")
    f_0, g_0 = (draw_network(role, setting, SEED, "cpu") for role in "fg")
    theory = Predicted(setting, SEED, samples, None)
    for run in runs:
        w = Witness(setting, recipe, run.rate_f, run.rate_g)
        assert matches(run, w)
        found = directions[run.rate_f]
        assert (found.rate_g, found.time_g) == (0.0, 0.0)
        assert found.time_f == pytest.approx(w.time_f)
        assert found.measured["standard"] == run.measured["standard"]
        assert found.measured["cossim"] == pytest.approx(w.cossim(), abs=1e-4)
        # what the predictions are, other tests say: here, that they are those of this run's times
        assert run.predicted == theory.curves(setting, w.time_f, w.time_g, f_0, g_0)
        predicted = theory.directions(w.time_f, f_0)
        assert found.predicted == pytest.approx(predicted, abs=1e-5)
        assert bool(run.predicted) == bool(found.predicted) == (loss == "identity")


def test_rates_that_plateaus_cut_are_torchs(store: Store) -> None:
    """So large that the loss soars at first and is no better for more than ten epochs."""
    setting = replace(
        SETTING, scenario="b", loss="logistic", epochs_f=40, rates_f=(100.0,), rates_g=(1000.0,)
    )
    (point,) = trained(store, "published", Ask(CURVES, setting))
    (run,) = runs_of(point)
    assert matches(run, Witness(setting, "published", 100.0, 1000.0))
    assert run.time_f < 0.3 * Witness(setting, "theory", 100.0, 1000.0).time_f


@pytest.mark.parametrize("mistake", ["scenario", "targets", "labels", "size", "start"])
def test_the_comparison_would_notice_a_mistake(
    mistake: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same comparison with the witness, once something is done wrongly."""
    setting = asked = replace(SETTING, scenario="b")

    def mixed_up(setting: PointSetting, seed: int, *rest: Any) -> Any:
        samples = draw_samples(setting, seed, *rest)
        if mistake == "targets":
            return replace(samples, targets=samples.y)
        return replace(samples, y=samples.y.flip(0))

    def one_network(_: str, *rest: Any) -> Parameters:
        return draw_network("f", *rest)

    match mistake:
        case "scenario":
            wrong = "verifier.reproduction.training.samples.natural_inputs"
            monkeypatch.setattr(wrong, lambda X, _: natural_inputs(X, "a"))
        case "targets" | "labels":
            monkeypatch.setattr(clean_network, "draw_samples", mixed_up)
        case "start":
            monkeypatch.setattr(clean_network, "draw_network", one_network)
        case "size":
            asked = replace(setting, eps=2 * setting.eps)
    (point,) = trained(store, "published", Ask(CURVES, asked))
    for run in runs_of(point):
        assert not matches(run, Witness(setting, "published", run.rate_f, run.rate_g))


def map_of(w: Witness) -> dict[str, NDArray[Any]]:
    """All of a map but its labels, in float64; `second` counts rows."""
    axes = [w.X[w.y == c].mean(dim=0) for c in (1, -1)]
    first, second = (axis / axis.norm() for axis in axes)
    ticks = [-2.0 + 5.5 * i / 12 for i in range(13)]
    z = torch.stack([p * first + q * second for q in ticks for p in ticks])
    f_hat = predictor(z.numpy(), w.X.numpy(), w.y.numpy(), w.setting.gamma)
    g_hat = predictor(z.numpy(), w.attacked.numpy(), w.targets.numpy(), w.setting.gamma)
    r = (w.attacked - natural_inputs(w.X, w.setting.scenario)).numpy()
    kernels = [[phi(one, at, w.setting.gamma) for one in r] for at in z.numpy()]
    s = published_direction(w.X.numpy(), w.y.numpy(), w.setting.gamma)
    published = (np.array(kernels) * (z.numpy() @ s.T)).mean(axis=1)
    return {
        "agree": (w.f(z).sign() == w.g(z).sign()).numpy().reshape(13, 13),
        "f_hat": f_hat.reshape(13, 13),
        "g_hat": g_hat.reshape(13, 13),
        "published_g_hat": published.reshape(13, 13),
        "projected": torch.stack([w.X @ first, w.X @ second], dim=1).numpy(),
    }


def same_map(found: MapResult, expected: dict[str, NDArray[Any]]) -> dict[str, bool]:
    return {
        name: bool((found.agree != array).sum() <= 1)
        if name == "agree"
        else np.allclose(getattr(found, name), array, rtol=1e-3, atol=1e-4)
        for name, array in expected.items()
    }


@RECIPES
def test_a_map_shows_the_networks_of_its_own_rates(recipe: str, store: Store) -> None:
    """Even where larger ones are trained beside them."""
    other = Ask(CURVES, replace(SMALL_RATES, rates_f=(1.0,), rates_g=(1.0,)))
    _, record = trained(store, recipe, other, Ask(MAP, SMALL_RATES, PLANE))
    found = MapResult.from_json(record)
    expected = map_of(Witness(SMALL_RATES, recipe, 0.03, 0.03))
    assert all(same_map(found, expected).values())
    labels = draw_samples(SMALL_RATES, SEED, None, "cpu").y.numpy()
    assert np.array_equal(found.labels, labels)
    assert not same_map(found, map_of(Witness(SMALL_RATES, recipe, 1.0, 0.03)))["g_hat"]
    for rates in ((1.0, 0.03), (0.03, 1.0)):
        assert not same_map(found, map_of(Witness(SMALL_RATES, recipe, *rates)))["agree"]
    for name, array in expected.items():  # rows are told from columns
        if name != "projected":
            assert not same_map(found, {name: array.T})[name]


def test_a_map_is_the_same_in_parts(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Ask(MAP, SMALL_RATES, PLANE)
    (whole,) = trained(store, "published", ask)
    monkeypatch.setattr(measured, "POINTS_AT_ONCE", 7)
    (in_parts,) = trained(Store(tmp_path / "other"), "published", ask)
    assert_same(in_parts, whole)


@RECIPES
def test_explained_are_three_samples_of_each_class_at_the_asks_own_rate(
    recipe: str, store: Store
) -> None:
    setting = replace(SETTING, rates_f=(0.1,))
    other = Ask(CURVES, replace(SETTING, rates_f=(1.0,)))
    record, _ = trained(store, recipe, Ask(EXPLAINED, setting), other)
    found = Explained.from_json(record)
    w = Witness(setting, recipe, 0.1, 0.1)
    shown = [0, 1, 2, 20, 21, 22]  # of forty, the first half is of one class
    assert found.labels.tolist() == [1.0] * 3 + [-1.0] * 3
    assert np.array_equal(found.images, w.X[shown].numpy())
    assert np.allclose(found.perturbations, w.nu[shown].numpy(), atol=1e-4)
    assert np.allclose(found.sums, w.s[shown].numpy(), atol=1e-4)
    assert np.allclose(found.cosines, (w.nu * w.s).sum(dim=1)[shown].numpy(), atol=1e-4)
    far = Witness(setting, recipe, 1.0, 0.1)
    assert not np.allclose(found.perturbations, far.nu[shown].numpy(), atol=1e-2)


# Trainings that diverge


def test_a_training_that_diverged_measures_nothing_and_harms_no_other(store: Store) -> None:
    both = replace(SETTING, loss="exponential", rates_f=(1e5, 0.03), rates_g=(1e5, 0.02))
    point, cosine = trained(store, "published", Ask(CURVES, both), Ask(DIRECTIONS, both))
    runs = {(run.rate_f, run.rate_g): run for run in runs_of(point)}
    assert len(runs) == 4
    sound = runs.pop((0.03, 0.02))
    assert all(run.measured == {} for run in runs.values())
    assert matches(sound, Witness(both, "published", 0.03, 0.02))
    diverged, good = runs_of(cosine)
    assert diverged.measured == {}
    assert good.measured["cossim"] == pytest.approx(
        Witness(both, "published", 0.03, 0.02).cossim(), abs=1e-4
    )
    result = PointResult.from_json(point)
    assert result.best("agreement") == sound.measured["agreement"]
    assert math.isnan(result.predicted("agreement"))


@pytest.mark.parametrize("whose", ["rates_f", "rates_g"])
def test_a_picture_of_a_training_that_diverged_is_a_failure(store: Store, whose: str) -> None:
    setting = replace(SMALL_RATES, loss="exponential", **{whose: (1e5,)})
    with pytest.raises(ArithmeticError, match="diverged"):
        trained(store, "published", Ask(MAP, setting, replace(PLANE, setting=setting)))
    if whose == "rates_f":
        with pytest.raises(ArithmeticError, match="diverged"):
            trained(store, "published", Ask(EXPLAINED, setting))


# No stray tensors


@pytest.mark.parametrize(
    "kind",
    [
        CURVES,
        DIRECTIONS,
        EXPLAINED,
        MAP,
    ],
)
@LOSSES
def test_no_default_device_or_dtype_is_used(kind: str, loss: str, tmp_path: Path) -> None:
    setting = replace(SMALL_RATES, loss=loss)
    ask = Ask(kind, setting, replace(PLANE, setting=setting) if kind == MAP else None)
    for recipe in ("published", "theory"):
        (expected,) = trained(Store(tmp_path / recipe), recipe, ask)
        with unusable_defaults():
            (found,) = trained(Store(tmp_path / f"{recipe} again"), recipe, ask)
        assert {**found, "seconds": 0} == {**expected, "seconds": 0}
