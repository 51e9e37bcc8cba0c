"""What a clean network's trainings hold at their peak, and what is said where that is too much."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.memory import living_bytes
from tests.reproduction.runner.toy_works import quiet
from tests.reproduction.training.witness import SEED, SETTING
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.runner.runner import run
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training import clean_network
from verifier.reproduction.training.clean_network import CURVES, DIRECTIONS, Ask, CleanNetwork
from verifier.reproduction.training.peaks import of_trainings
from verifier.reproduction.training.stacked_descent import Snapshot, descend
from verifier.reproduction.training.work import Training

SHAPES = {  # d, N, m, rates of f, rates of g
    "some of all": (50, 200, 4000, (0.1, 0.3), (0.1, 0.3, 0.01)),
    "few samples, in Gram form": (100, 20, 10_000, (0.1, 0.3), (0.1, 0.3, 0.01)),
    "many samples": (5, 1000, 3000, (0.1,), (0.1,)),
}


def held(setting: PointSetting, recipe: str) -> tuple[int, int]:
    """What is said, and what is measured."""
    asks = [Ask(CURVES, setting)]
    said = of_trainings(asks, recipe, "cpu").peak_bytes()
    return said, living_bytes(lambda: list(CleanNetwork(asks, recipe, SEED).results()))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["published", "theory"])
@pytest.mark.parametrize("loss", ["identity", "logistic"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_trainings_hold_what_they_say(shape: tuple[Any, ...], loss: str, recipe: str) -> None:
    d, N, m, rates_f, rates_g = shape
    setting = PointSetting("gaussian", "a", d, m, N, 0.1, 0.5, loss, 20, 20, rates_f, rates_g)
    said, measured = held(setting, recipe)
    assert measured / 1.5 <= said <= 1.5 * measured, (said, measured)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_where_fewer_neurons_rest_than_expected_they_hold_less(shape: tuple[Any, ...]) -> None:
    d, N, m, rates_f, rates_g = shape
    setting = PointSetting("shifted", "b", d, m, N, 0.1, 0.5, "identity", 20, 20, rates_f, rates_g)
    said, measured = held(setting, "published")
    assert measured <= 1.5 * said


def test_a_point_that_does_not_fit_is_a_failure_with_its_shape(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """g's training fails; what was asked of f, and the other work, is kept and not done again."""

    def full(start: Any, X: Any, *rest: Any) -> Iterator[Snapshot]:
        if X.shape[1:] == (SETTING.N, SETTING.d) and len(X) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        yield from descend(start, X, *rest)

    monkeypatch.setattr(clean_network, "descend", full)
    asks = (Ask(DIRECTIONS, SETTING), Ask(CURVES, SETTING))
    other = (Ask(DIRECTIONS, replace(SETTING, m=20)),)
    works = [Training("published", SEED, a, (1.0,) * len(a)).keyed(store) for a in (asks, other)]
    with ThreadPoolExecutor(1) as executor:
        ended = run(works, store, executor, progress=quiet)
    (failure,) = ended.failures
    assert failure.label == works[0].label
    shape = "networks = 4, N = 40, d = 6, m = 30 in float32 on cpu"
    assert failure.message.startswith(f"OutOfMemory: Training.run ran out of memory: {shape}")
    assert (ended.done, ended.total) == (2, 3)
    monkeypatch.undo()
    with ThreadPoolExecutor(1) as executor:
        again = run(works, store, executor, progress=quiet)
    assert (again.reused, again.done, again.failures) == (2, 3, ())
