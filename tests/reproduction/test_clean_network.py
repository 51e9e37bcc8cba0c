"""All asks of one clean network against each asked alone, and against torch's own training."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.data.test_images import write_part
from tests.reproduction.test_predicted import predictor, published_direction
from tests.test_meta_device import unusable_defaults
from verifier.errors import InputError
from verifier.model.attack import natural_inputs
from verifier.model.network import Parameters
from verifier.reproduction.panels import AgreementMap, PointSetting
from verifier.reproduction.runner.store import Store, StoreError
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
    Run,
    decoded,
)
from verifier.reproduction.training.samples import draw_network, draw_samples, origin
from verifier.reproduction.training.stacked_descent import descend
from verifier.reproduction.training.work import Training

RECIPES = pytest.mark.parametrize("recipe", ["published", "theory"])
LOSSES = pytest.mark.parametrize("loss", ["identity", "logistic"])
SEED = 1
SETTING = PointSetting(
    "shifted", "a", 6, 30, 40, 0.2, 0.5, "identity", 20, 25, (1.0, 0.1), (1.0, 0.1)
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def trained(store: Store, recipe: str, *asks: Ask, **more: Any) -> list[dict[str, Any]]:
    """The records of all asks of one training."""
    training = Training(recipe, SEED, asks, (1.0,) * len(asks), **more).keyed(store)
    training.run(store)
    records = [store.get(key) for key in training.keys]
    return [record for record in records if record is not None]


def runs_of(record: dict[str, Any]) -> tuple[Run, ...]:
    return PointResult.from_json(record).runs


# The witness: float64, autograd, torch's optimiser and scheduler, one network at a time


class Net:
    """`f(x) = a . phi(W x + b) / sqrt m` in float64."""

    def __init__(self, start: Parameters, slope: float) -> None:
        self.W, self.b, self.a = (t.double().clone() for t in start)
        self.slope = slope

    def __call__(self, x: Tensor) -> Tensor:
        u = x @ self.W.T + self.b
        return torch.where(u >= 0, u, self.slope * u) @ self.a / math.sqrt(len(self.a))

    def train(
        self, X: Tensor, y: Tensor, rate: float, epochs: int, recipe: str, loss: str
    ) -> float:
        """The effective time: `sum_j sum_{k >= j} eta_k 0.9^(k-j)`, or that without momentum."""
        momentum = 0.9 if recipe == "published" else 0.0
        weights = [self.W.requires_grad_(), self.b.requires_grad_()]
        optimiser = torch.optim.SGD(weights, lr=rate, momentum=momentum)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser)
        value_of: dict[str, Callable[[Tensor], Tensor]] = {
            "identity": lambda s: s,
            "logistic": torch.nn.functional.softplus,
            "exponential": torch.exp,
        }
        steps = []
        for epoch in range(1, epochs + 1):
            if recipe == "theory":
                optimiser.param_groups[0]["lr"] = rate * sum(0.9**i for i in range(epoch))
            optimiser.zero_grad()
            value = value_of[loss](-y * self(X)).mean()
            value.backward()
            steps.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            if recipe == "published":
                plateau.step(value.item())
        self.W, self.b = self.W.detach(), self.b.detach()
        return sum(eta * momentum ** (k - j) for k, eta in enumerate(steps) for j in range(k + 1))

    def direction(self, X: Tensor) -> Tensor:
        """Unit gradients at X, by autograd."""
        x = X.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(self(x).sum(), x)
        return gradient / gradient.norm(dim=1, keepdim=True)


class Witness:
    """One setting at one pair of rates."""

    def __init__(self, setting: PointSetting, recipe: str, rate_f: float, rate_g: float) -> None:
        self.setting, self.recipe, self.rates = setting, recipe, (rate_f, rate_g)
        samples = draw_samples(setting, SEED, None, "cpu")
        self.X, self.y, self.targets, self.z = (
            t.double() for t in (samples.X, samples.y, samples.targets, samples.z)
        )
        self.f, self.g = (
            Net(draw_network(role, setting, SEED, "cpu"), setting.gamma) for role in "fg"
        )
        rate_f, rate_g = self.rates
        train = {"recipe": recipe, "loss": setting.loss}
        self.time_f = self.f.train(self.X, self.y, rate_f, setting.epochs_f, **train)
        self.nu = self.f.direction(self.X)
        natural = self.X if setting.scenario == "b" else torch.zeros_like(self.X)
        self.attacked = natural + setting.eps * self.targets[:, None] * self.nu
        self.time_g = self.g.train(self.attacked, self.targets, rate_g, setting.epochs_g, **train)

    def measured(self) -> dict[str, float]:
        return {
            "standard": float((self.f(self.X) * self.y > 0).double().mean()),
            "perturbation": float((self.g(self.X) * self.y > 0).double().mean()),
            "agreement": float((self.f(self.z).sign() == self.g(self.z).sign()).double().mean()),
        }

    @cached_property
    def s(self) -> Tensor:
        """The published direction at every sample, a unit vector."""
        s = published_direction(self.X.numpy(), self.y.numpy(), self.setting.gamma)
        return torch.from_numpy(s / np.linalg.norm(s, axis=1, keepdims=True))

    def cossim(self) -> float:
        return float((self.nu * self.s).sum(dim=1).abs().mean())


def matches(run: Run, w: Witness) -> bool:
    """Up to float32's rounding, which may turn the sign of a sample or of a few fresh points."""
    expected = w.measured()
    off = {"standard": 1.01 / len(w.y), "perturbation": 1.01 / len(w.y), "agreement": 3.01e-3}
    times = math.isclose(run.time_f, w.time_f, rel_tol=1e-6)
    times &= math.isclose(run.time_g, w.time_g, rel_tol=1e-6)
    near = [abs(run.measured[name] - expected[name]) <= off[name] for name in off]
    return times and all(near) and set(run.measured) == set(off)


# Against the witness


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


SMALL_RATES = replace(SETTING, data="gaussian", rates_f=(0.03,), rates_g=(0.03,))
PLANE = AgreementMap("map", SMALL_RATES, (-2.0, 3.5), 13)


def map_of(w: Witness) -> dict[str, NDArray[Any]]:
    """All of a map but its labels, in float64; `second` counts rows."""
    axes = [w.X[w.y == c].mean(dim=0) for c in (1, -1)]
    first, second = (axis / axis.norm() for axis in axes)
    ticks = [-2.0 + 5.5 * i / 12 for i in range(13)]
    z = torch.stack([p * first + q * second for q in ticks for p in ticks])
    f_hat = predictor(z.numpy(), w.X.numpy(), w.y.numpy(), w.setting.gamma)
    g_hat = predictor(z.numpy(), w.attacked.numpy(), w.targets.numpy(), w.setting.gamma)
    return {
        "agree": (w.f(z).sign() == w.g(z).sign()).numpy().reshape(13, 13),
        "f_hat": f_hat.reshape(13, 13),
        "g_hat": g_hat.reshape(13, 13),
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


# Together and alone


def assert_same(found: Any, expected: Any, path: str = "") -> None:
    """Results alike but for the seconds they took and what float32's rounding decides."""
    if isinstance(expected, dict) and "zlib" in expected:
        one, other = decoded(found), decoded(expected)
        if one.dtype == bool:
            assert (one != other).sum() <= 1, path
        else:
            assert np.allclose(one, other, rtol=1e-4, atol=1e-5), path
    elif isinstance(expected, dict):
        assert set(found) == set(expected), path
        for name in expected.keys() - {"seconds"}:
            assert_same(found[name], expected[name], f"{path}.{name}")
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected), path
        for i, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, f"{path}[{i}]")
    elif isinstance(expected, float):
        sample = path.endswith(("standard", "perturbation"))
        off = 1.01 / SETTING.N if sample else 3.01e-3 if path.endswith("agreement") else 1e-4
        assert found == pytest.approx(expected, rel=1e-6, abs=off), path
    else:
        assert found == expected, path


def asks_of(loss: str) -> list[Ask]:
    """Asks of one clean network that differ in every way that they may."""
    changes: list[dict[str, Any]] = [
        {},
        {"eps": 0.1},
        {"scenario": "b"},
        {"epochs_f": 7},
        {"epochs_g": 9},
        {"epochs_f": 7, "epochs_g": 9, "eps": 0.1, "scenario": "b"},
        {"rates_f": (0.1,)},
        {"rates_f": (0.03, 0.3), "rates_g": (0.01, 0.1)},
        {"rates_g": (0.02,)},
    ]
    base = replace(SETTING, data="gaussian", loss=loss)
    curves = [Ask(CURVES, replace(base, **change)) for change in changes]
    other_f: list[dict[str, Any]] = [{}, {"epochs_f": 7}, {"rates_f": (0.03, 0.3)}]
    directions = [Ask(DIRECTIONS, replace(base, **change)) for change in other_f]
    explained = [Ask(EXPLAINED, replace(base, **change)) for change in other_f]
    planes = [replace(PLANE, setting=replace(base, **change)) for change in changes[2:]]
    maps = [Ask(MAP, plane.setting, plane) for plane in planes]
    # interleaved, so that no kind comes in a block
    return [*curves[::2], *maps[::2], *directions, *explained, *maps[1::2], *curves[1::2]]


@LOSSES
@RECIPES
def test_asks_that_share_a_clean_network_get_what_each_gets_alone(
    recipe: str, loss: str, store: Store, tmp_path: Path
) -> None:
    asks = asks_of(loss)
    together = trained(store, recipe, *asks)
    assert len(together) == len(asks)
    for i, (ask, record) in enumerate(zip(asks, together, strict=True)):
        (alone,) = trained(Store(tmp_path / str(i)), recipe, ask)
        assert_same(record, alone)
    # so different that one could not pass for another
    results = [{**record, "setting": None, "seconds": None} for record in together]
    assert len({repr(result) for result in results}) == len(asks)


def test_every_ask_is_answered_for_its_own_setting(store: Store) -> None:
    asks = asks_of("identity")
    for ask, record in zip(asks, trained(store, "published", *asks), strict=True):
        if ask.kind == EXPLAINED:
            assert Explained.from_json(record).task == "gaussian"
            continue
        found = MapResult if ask.kind == MAP else PointResult
        assert found.from_json(record).setting == ask.setting
        assert found.from_json(record).seed == SEED
        assert record["seconds"] >= 0


def test_seeds_and_recipes_have_results_of_their_own(store: Store) -> None:
    ask = Ask(CURVES, SETTING)
    trainings = [
        Training(recipe, seed, (ask,), (1.0,)).keyed(store)
        for recipe in ("published", "theory")
        for seed in (0, 1)
    ]
    for training in trainings:
        training.run(store)
    records = [store.get(training.keys[0]) for training in trainings]
    found = [PointResult.from_json(record) for record in records if record is not None]
    expected = [("published", 0), ("published", 1), ("theory", 0), ("theory", 1)]
    assert [(point.recipe, point.seed) for point in found] == expected
    assert len({repr(point.runs[0].measured) for point in found}) == 4


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


# The store


def settings(count: int) -> list[PointSetting]:
    return [replace(SETTING, eps=0.1 * (1 + i), epochs_f=5 + i) for i in range(count)]


@pytest.fixture
def descents(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[float], list[int]]]:
    """The rates and epochs of every descent, as they begin."""
    seen: list[tuple[list[float], list[int]]] = []

    def noted(*arguments: Any) -> Any:
        seen.append((list(arguments[3]), list(arguments[5])))
        return descend(*arguments)

    monkeypatch.setattr(clean_network, "descend", noted)
    return seen


def entries(store: Store) -> dict[Path, tuple[bytes, int]]:
    paths = store.folder.glob("results/*/*/*.json")
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def test_only_what_is_missing_is_trained(
    store: Store, descents: list[tuple[list[float], list[int]]]
) -> None:
    first, second, third = settings(3)
    trained(store, "published", Ask(CURVES, first), Ask(CURVES, second))
    assert [epochs for _, epochs in descents] == [[5, 6], [25], [25]]
    kept = entries(store)
    assert len(kept) == 2
    descents.clear()
    other = replace(third, rates_f=(0.5,))
    asks = [Ask(CURVES, s) for s in (first, other, second)]
    together = trained(store, "published", *asks)
    assert descents == [([0.5], [7]), ([1.0, 0.1], [25])]  # f and g of the missing one alone
    assert kept.items() < entries(store).items()
    descents.clear()
    again = trained(store, "published", *asks)
    assert (again, descents) == (together, [])
    trained(store, "theory", *asks)
    assert len(entries(store)) == 6


def test_results_are_stored_one_at_a_time(
    store: Store,
    descents: list[tuple[list[float], list[int]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that of a training that ends halfway, what was finished is kept."""
    asks = [Ask(CURVES, s) for s in settings(3)]
    put, kept = Store.put, 0

    def failing(self: Store, *arguments: Any) -> None:
        nonlocal kept
        assert len(entries(store)) == kept
        if kept == 2:
            raise StoreError("no room")
        put(self, *arguments)
        kept += 1

    with monkeypatch.context() as patched:
        patched.setattr(Store, "put", failing)
        with pytest.raises(StoreError, match="no room"):
            trained(store, "published", *asks)
    before = entries(store)
    assert len(before) == 2
    descents.clear()
    assert len(trained(store, "published", *asks)) == 3
    assert [epochs for _, epochs in descents] == [[7], [25]]
    assert before.items() < entries(store).items()


# Images


def image_folder(folder: Path, seed: int = 0) -> Path:
    labels = [1, 2] * 12
    write_part(folder / "mnist", labels, seed=seed)
    write_part(folder / "mnist", labels[:10], "t10k", seed=seed + 1)
    return folder


IMAGES = replace(SETTING, data="mnist", d=784, N=24, rates_f=(0.01,), rates_g=(0.01,))


def test_images_are_learnt_if_they_are_those_of_the_plan(store: Store, tmp_path: Path) -> None:
    folder = image_folder(tmp_path / "images")
    found = origin("mnist", folder)
    assert found is not None
    more = {"images": folder, "digest": found.digest}
    asks = Ask(CURVES, IMAGES), Ask(EXPLAINED, IMAGES)
    point, explained = trained(store, "published", *asks, **more)
    (run,) = runs_of(point)
    samples = draw_samples(IMAGES, SEED, folder, "cpu")
    assert len(samples.z) == 10
    assert run.measured["agreement"] * 10 == pytest.approx(
        round(run.measured["agreement"] * 10), abs=1e-5
    )
    shown = Explained.from_json(explained)
    assert shown.task == "mnist"
    assert shown.labels.tolist() == [1.0] * 3 + [-1.0] * 3
    assert np.array_equal(shown.images, samples.X[[0, 2, 4, 1, 3, 5]].numpy())


def test_other_images_than_the_plans_are_refused(store: Store, tmp_path: Path) -> None:
    folder, other = image_folder(tmp_path / "one"), image_folder(tmp_path / "other", seed=5)
    digests = [found.digest for f in (folder, other) if (found := origin("mnist", f))]
    keys: list[str] = []
    for digest in digests:
        training = Training("published", SEED, (Ask(CURVES, IMAGES),), (1.0,), "cpu", other, digest)
        keys += training.keyed(store).keys
        if digest == digests[1]:
            training.run(store)
            continue
        with pytest.raises(InputError, match=r"^images = .*must be the ones"):
            training.run(store)
        assert entries(store) == {}
    assert keys[0] != keys[1]
    assert store.get(keys[0]) is None
    assert store.get(keys[1]) is not None


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
