"""A step is made as often as asked, and on a card replayed to the same bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch

from verifier.model import repeated
from verifier.model.losses import Exponential, Identity, Logistic, Loss
from verifier.model.network import initialise
from verifier.model.recipe import Recipe
from verifier.model.repeated import FEWEST, WARM, Repeated, alike, repeat
from verifier.model.training import TrainingRun, train

NEEDS_A_CARD = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


class Counted:
    """A step, and how often it was made: within a capture it is not."""

    def __init__(self) -> None:
        self.made = self.captures = self.replays = 0
        self.capturing = False

    def __call__(self) -> None:
        self.made += not self.capturing

    def replay(self) -> None:
        self.made += 1
        self.replays += 1

    @contextmanager
    def graph(self, *_: object, **__: object) -> Iterator[None]:
        self.captures += 1
        self.capturing = True
        yield
        self.capturing = False


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """On a machine that seems to have a card, whose captures are counted."""
    counted = Counted()
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.CUDAGraph", lambda: counted)
    monkeypatch.setattr("torch.cuda.graph", counted.graph)
    monkeypatch.setattr("torch.cuda.device", lambda _: counted.graph())
    return counted


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1, FEWEST, 1000])
def test_a_step_is_made_as_often_as_asked(step: Counted, count: int) -> None:
    repeat(step, count, torch.device("cuda"))
    assert step.made == count
    assert step.replays == (count - WARM if count >= FEWEST else 0)


@pytest.mark.parametrize("counts", [(1, 1, 40), (50, 0, 50), (2, 2, 2), (30, 1, 1), (31,), (32,)])
def test_some_now_and_some_later_are_captured_once(step: Counted, counts: tuple[int, ...]) -> None:
    steps = Repeated(step, sum(counts), torch.device("cuda"))
    made = 0
    for count in counts:
        steps.make(count)
        made += count
        assert step.made == made
    pays = made >= FEWEST
    assert (step.captures > 0, step.replays) == (pays, (made - WARM) * pays)


@pytest.mark.parametrize(("device", "captures"), [("cpu", True), ("cuda", False)])
def test_what_may_not_be_captured_is_not(step: Counted, device: str, captures: bool) -> None:
    repeat(step, 1000, torch.device(device), captures=captures)
    assert (step.made, step.captures) == (1000, 0)


def test_equal_values_are_counted() -> None:
    assert list(alike([3.0, 3.0, 1.0, 3.0])) == [(3.0, 2), (1.0, 1), (3.0, 1)]
    assert list(alike([])) == []


def run(recipe: Recipe, path_weights: bool) -> TrainingRun:
    generator = torch.Generator(device="cpu").manual_seed(0)
    place = {"dtype": torch.float64, "device": "cuda"}
    params = initialise(64, 5, generator=generator, **place)
    X = torch.randn(20, 5, generator=generator, dtype=torch.float64, device="cpu").to("cuda")
    return train(params, X, X[:, 0].sign(), recipe, path_weights=path_weights)


class OwnLoss(Logistic):
    """A user's loss, which reads values on the host."""

    def derivative(self, s: torch.Tensor) -> torch.Tensor:
        assert bool(torch.isfinite(s).all())
        return super().derivative(s)


@NEEDS_A_CARD
@pytest.mark.parametrize("path_weights", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("loss", [Identity(), Logistic(), Exponential(), OwnLoss()])
def test_cuda_replays_to_the_same_bits(
    loss: Loss, momentum: float, path_weights: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe((0.02,) * 300 + (0.01,) * 100 + (0.005,), loss=loss, momentum=momentum)
    replayed = run(recipe, path_weights)
    monkeypatch.setattr(repeated, "FEWEST", 1000)
    made = run(recipe, path_weights)
    assert torch.equal(replayed.params.W, made.params.W)
    assert torch.equal(replayed.params.b, made.params.b)
    assert torch.equal(replayed.tau, made.tau)
    if replayed.path_weights is not None and made.path_weights is not None:
        assert torch.equal(replayed.path_weights, made.path_weights)


@pytest.mark.parametrize("loss", [Logistic(), Exponential(), OwnLoss()])
def test_a_loss_that_may_read_values_is_not_captured(
    loss: Loss, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def noted(step: Callable[[], None], count: int, _: torch.device, *, captures: bool) -> None:
        asked.append(captures)
        repeat(step, count, torch.device("cpu"))

    monkeypatch.setattr("verifier.model.descent.repeat", noted)
    generator = torch.Generator(device="cpu").manual_seed(0)
    params = initialise(3, 2, generator=generator, dtype=torch.float64, device="cpu")
    X = torch.eye(2, dtype=torch.float64, device="cpu")
    train(params, X, 2 * X[:, 0] - 1, Recipe((0.1,) * 3, loss=loss))
    assert asked == [type(loss) is not OwnLoss]
