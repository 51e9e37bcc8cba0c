"""The batched training of the experiments against torch's own optimiser and scheduler."""

import math

import pytest
import torch

from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.reproduction.training.recipes import PUBLISHED, THEORY, Schedule
from verifier.reproduction.training.stacked_descent import descend

RATES = (5.0, 1.0, 0.1)
CPU = {"dtype": torch.float64, "device": "cpu"}


def by_torch(start: Parameters, X, y, rate: float, epochs: int, loss: Loss, slope: float):
    """Weights and T after torch's SGD with momentum 0.9 and its `ReduceLROnPlateau`."""
    W, b = start.W.clone().requires_grad_(), start.b.clone().requires_grad_()
    optimiser = torch.optim.SGD([W, b], rate, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser)
    steps = []
    for _ in range(epochs):
        optimiser.zero_grad()
        u = torch.nn.functional.leaky_relu(X @ W.T + b, slope)
        value = loss.value(-y * (u @ start.a) / math.sqrt(start.width)).mean()
        value.backward()
        steps.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step(value.item())
    return W.detach(), Recipe(tuple(steps), momentum=0.9).time


def by_train(start: Parameters, X, y, rate: float, epochs: int, loss: Loss, slope: float):
    """Plain gradient descent with the theory's steps, by the library's own loop."""
    recipe = Recipe(tuple(rate * THEORY.step(k) for k in range(1, epochs + 1)), loss, slope)
    assert recipe.time == pytest.approx(Recipe((rate,) * epochs, momentum=0.9).time)
    return train(start, X, y, recipe).params.W, recipe.time


@pytest.mark.slow
@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda loss: loss.name)
@pytest.mark.parametrize(
    ("schedule", "witness"),
    [(PUBLISHED, by_torch), (THEORY, by_train)],
    ids=["published", "theory"],
)
@pytest.mark.parametrize(("N", "d"), [(20, 7), (6, 15)], ids=["primal", "gram"])
def test_every_network_of_a_batch_is_trained_as_if_alone(
    schedule: Schedule, witness, loss: Loss, slope: float, N: int, d: int
) -> None:
    g = torch.Generator("cpu").manual_seed(1)
    start = initialise(13, d, generator=g, **CPU)
    X = torch.randn(2, N, d, generator=g, **CPU)
    y = torch.randint(0, 2, (N,), generator=g, device="cpu").double() * 2 - 1
    # all at once: a later epoch must not write into an earlier snapshot
    for snapshot in list(descend(start, X, y, RATES, schedule, (3, 40, 150), loss, slope)):
        assert snapshot.params.a.is_contiguous()
        assert bool(snapshot.finite.all())
        for b in range(2):
            for k, rate in enumerate(RATES):
                W, time = witness(start, X[b], y, rate, snapshot.epoch, loss, slope)
                assert torch.allclose(snapshot.params.W[b, k], W, rtol=1e-8, atol=1e-8)
                assert float(snapshot.time[b, k]) == pytest.approx(time, rel=1e-9)
