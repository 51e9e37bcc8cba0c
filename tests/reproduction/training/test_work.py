"""All asks of one clean network against each asked alone, and what the store keeps of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.idx_files import write_part
from tests.reproduction.training.witness import (
    LOSSES,
    PLANE,
    RECIPES,
    SEED,
    SETTING,
    assert_same,
    entries,
    runs_of,
    trained,
)
from verifier.errors import InputError
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.runner.store import Store, StoreError
from verifier.reproduction.training import clean_network
from verifier.reproduction.training.clean_network import CURVES, DIRECTIONS, EXPLAINED, MAP, Ask
from verifier.reproduction.training.results import Explained, MapResult, PointResult
from verifier.reproduction.training.samples import draw_samples, origin
from verifier.reproduction.training.stacked_descent import descend
from verifier.reproduction.training.work import Training

# Together and alone


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


@pytest.mark.slow
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
