"""Mini-batches: training against autograd, and how batches are drawn."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.bad_input import P, X, Y, refused
from verifier.model.batches import SAMPLERS, draw_batches, train_batches
from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import Parameters
from verifier.model.plain_descent import plain_descent
from verifier.model.recipe import Recipe
from verifier.model.training import train

BATCHES = torch.tensor([[0, 1], [3, 3], [2, 0]], device="cpu")
LOSSES = pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda v: v.name)


def recipe(loss: Loss, momentum: float = 0.7, train_bias: bool = True) -> Recipe:
    return Recipe((0.3, 0.2, 0.4), loss, 0.3, momentum, train_bias)


def by_autograd(how: Recipe, batches: Tensor) -> Parameters:
    """`torch.optim.SGD` on the mean over each batch."""
    W, b = (t.clone().requires_grad_() for t in (P.W, P.b))
    optimiser = torch.optim.SGD([W, b] if how.train_bias else [W], lr=1.0, momentum=how.momentum)
    for eta, batch in zip(how.steps, batches.tolist(), strict=True):
        optimiser.param_groups[0]["lr"] = eta
        optimiser.zero_grad()
        losses = []
        for n in batch:
            u = W @ X[n] + b
            f = (torch.where(u >= 0, u, how.slope * u) * P.a).sum() / len(P.a) ** 0.5
            losses.append(how.loss.value(-Y[n] * f))
        torch.autograd.backward(torch.stack(losses).mean())
        optimiser.step()
    return Parameters(W.detach(), b.detach(), P.a)


@LOSSES
@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("train_bias", [True, False])
def test_training_is_sgd_on_the_batches(loss: Loss, momentum: float, train_bias: bool) -> None:
    how = recipe(loss, momentum, train_bias)
    for found, wanted in zip(
        train_batches(P, X, Y, how, BATCHES), by_autograd(how, BATCHES), strict=True
    ):
        torch.testing.assert_close(found, wanted, rtol=1e-13, atol=1e-14)


@LOSSES
def test_a_batch_of_all_samples_is_full_batch_training(loss: Loss) -> None:
    whole = torch.tensor([[2, 0, 1, 3]] * 3, device="cpu")
    for found, wanted in zip(
        train_batches(P, X, Y, recipe(loss), whole),
        train(P, X, Y, recipe(loss)).params,
        strict=True,
    ):
        torch.testing.assert_close(found, wanted, rtol=1e-13, atol=1e-14)


@LOSSES
def test_weights_of_samples_are_batches(loss: Loss) -> None:
    """What the replay does instead of gathering samples; its `p_n` and patterns as they are."""
    weights = torch.tensor([[2.0, 2, 0, 0], [0, 0, 0, 4], [2, 0, 2, 0]]).double()
    seen: list[Tensor] = []
    run = plain_descent(
        P, X, Y, recipe(loss), weights=weights, observe=lambda k, i, u, f, p: seen.append(p)
    )
    for found, wanted in zip(run.params, by_autograd(recipe(loss), BATCHES), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-13, atol=1e-14)
    omega = torch.tensor(recipe(loss).effective_steps()).double()
    torch.testing.assert_close(run.tau, omega @ (weights * torch.stack(seen)))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_batches_are_drawn_as_their_sampler_says(sampler: str) -> None:
    generator = torch.Generator("cpu").manual_seed(1)
    drawn = [draw_batches(sampler, 6, 2, 5, generator) for _ in range(400)]
    every = torch.stack(drawn)
    assert every.shape == (400, 5, 2)
    share = torch.nn.functional.one_hot(every, 6).double().sum(dim=2).mean(dim=0)
    assert float((share - 2 / 6).abs().max()) < 5 * (2 / 6 / 400) ** 0.5
    again = (every[:, :, 0] == every[:, :, 1]).double().mean()
    assert float(again) == 0 if sampler != "replacement" else 0.1 < float(again) < 0.25
    for batches in drawn:
        if sampler == "epochs":
            assert sorted(batches[:3].flatten().tolist()) == list(range(6))
            assert len(set(batches[3:].flatten().tolist())) == 4
    if sampler != "epochs":
        assert any(len(set(b[:3].flatten().tolist())) < 6 for b in drawn)


@pytest.mark.parametrize(
    ("sampler", "size", "argument", "rule"),
    [
        ("shuffled", 2, "sampler", "must be one of"),
        ("fresh", 7, "batch_size", "at most the number of samples"),
        ("epochs", 0, "batch_size", "at least 1"),
        ("epochs", 4, "batch_size", "must divide the number of samples"),
    ],
)
def test_samplers_have_rules(sampler: str, size: int, argument: str, rule: str) -> None:
    generator = torch.Generator("cpu").manual_seed(1)
    value = repr(sampler) if argument == "sampler" else str(size)
    refused(lambda: draw_batches(sampler, 6, size, 2, generator), argument, value, rule)


@pytest.mark.parametrize("wrong", [BATCHES[:2], BATCHES[0]])
def test_there_is_a_batch_for_each_step(wrong: Any) -> None:
    shape = str(tuple(wrong.shape))
    how = recipe(Identity())
    refused(lambda: train_batches(P, X, Y, how, wrong), "batches.shape", shape, "must be (3,")
