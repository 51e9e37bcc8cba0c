"""A plain torch training code, right, and with each of twelve faults from public reports."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from verifier.model.losses import Loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


class Net(nn.Module):
    def __init__(self, params: Parameters, slope: float, train_bias: bool) -> None:
        super().__init__()
        self.W = nn.Parameter(params.W.clone())
        self.b = nn.Parameter(params.b.clone(), requires_grad=train_bias)
        self.slope = slope
        self.register_buffer("a", params.a.clone())

    def forward(self, x: Tensor) -> Tensor:
        u = nn.functional.linear(x, self.W, self.b)
        return torch.where(u >= 0, u, self.slope * u) @ self.a / math.sqrt(len(self.a))


class Plain:
    """As one would write it; the parts below are what a fault changes."""

    clears = True
    options: dict[str, Any] = {}  # noqa: RUF012

    def schedule(self, recipe: Recipe) -> tuple[float, ...]:
        return recipe.steps

    def data(self, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return X, y

    def objective(self, f: Tensor, y: Tensor, loss: Loss) -> Tensor:
        return loss.value(-y * f).mean()

    def optimiser(self, trained: list[Tensor], recipe: Recipe) -> Any:
        return torch.optim.SGD(trained, lr=1.0, momentum=recipe.momentum, **self.options)

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        net = Net(params, recipe.slope, recipe.train_bias)
        optimiser = self.optimiser([p for p in net.parameters() if p.requires_grad], recipe)
        X, y = self.data(X, y)
        for eta in self.schedule(recipe):
            for group in optimiser.param_groups:
                group["lr"] = eta
            if self.clears:
                optimiser.zero_grad()
            self.objective(net(X), y, recipe.loss).backward()
            optimiser.step()
        return Parameters(net.W.detach(), net.b.detach(), params.a)

    def gradient(self, params: Parameters, X: Tensor, slope: float) -> Tensor:
        x = X.clone().requires_grad_()
        (found,) = torch.autograd.grad(Net(params, slope, False)(x).sum(), x)
        return found

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        g = targets[:, None] * self.gradient(params, X, slope)
        return eps * nn.functional.normalize(g, dim=1, eps=0.0).nan_to_num()


class OwnMomentum:
    """An optimiser that keeps `v` and moves by `push`."""

    def __init__(self, trained: list[Tensor], mu: float) -> None:
        self.param_groups = [{"lr": 1.0}]
        self.trained, self.mu = trained, mu
        self.v = [torch.zeros_like(t) for t in trained]

    def zero_grad(self) -> None:
        for t in self.trained:
            t.grad = None

    def step(self) -> None:
        eta = self.param_groups[0]["lr"]
        with torch.no_grad():
            for k, t in enumerate(self.trained):
                assert t.grad is not None
                self.v[k] = self.next(self.v[k], t.grad, eta)
                t -= self.push(self.v[k], eta)

    def next(self, v: Tensor, g: Tensor, eta: float) -> Tensor:
        raise NotImplementedError

    def push(self, v: Tensor, eta: float) -> Tensor:
        return eta * v


class MeanMomentum(OwnMomentum):
    def next(self, v: Tensor, g: Tensor, eta: float) -> Tensor:
        return self.mu * v + (1 - self.mu) * g


class RateInVelocity(OwnMomentum):
    def next(self, v: Tensor, g: Tensor, eta: float) -> Tensor:
        return self.mu * v + eta * g

    def push(self, v: Tensor, eta: float) -> Tensor:
        return v


class DampenedMomentum(Plain):
    options = {"dampening": 0.25}  # noqa: RUF012


class EmaMomentum(Plain):
    def optimiser(self, trained: list[Tensor], recipe: Recipe) -> Any:
        return MeanMomentum(trained, recipe.momentum)


class RateInside(Plain):
    def optimiser(self, trained: list[Tensor], recipe: Recipe) -> Any:
        return RateInVelocity(trained, recipe.momentum)


class Column(Plain):
    def objective(self, f: Tensor, y: Tensor, loss: Loss) -> Tensor:
        return loss.value(-y * f.unsqueeze(1)).mean()  # an nn.Linear(m, 1) returns (N, 1)


class NextStep(Plain):
    def schedule(self, recipe: Recipe) -> tuple[float, ...]:
        return tuple(
            recipe.steps[min(k + 1, len(recipe.steps) - 1)] for k in range(len(recipe.steps))
        )


class NeverCleared(Plain):
    clears = False


class Decaying(Plain):
    options = {"weight_decay": 5e-4}  # noqa: RUF012


class OneDropped(Plain):
    def data(self, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return (X[:-1], y[:-1]) if len(y) > 1 else (X, y)  # range(N - 1)


class BatchNorm(Plain):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        g = targets[:, None] * self.gradient(params, X, slope)
        return eps * g / (g.norm() or 1.0)


class Clamped(Plain):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        r = super().perturb(params, X, targets, eps, slope)
        low, high = X.min(), X.max()
        return (X + r).clamp(low, high) - X


class Stabilised(Plain):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        g = targets[:, None] * self.gradient(params, X, slope)
        return eps * g / (g.norm(dim=1, keepdim=True) + 1e-10)


class Saturated(Plain):
    def perturb(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        loss: Loss,
    ) -> Tensor:
        x = X.clone().requires_grad_()
        total = loss.value(-targets * Net(params, slope, False)(x)).sum()
        (g,) = torch.autograd.grad(total, x)
        return -eps * nn.functional.normalize(g.nan_to_num(), dim=1)


FAULTS: dict[type[Plain], tuple[str, str]] = {
    DampenedMomentum: ("E0", "dampened, by 0.25"),
    EmaMomentum: ("E0", "the momentum is a mean"),
    RateInside: ("E0", "the rate is inside of the velocity"),
    Column: ("E0", "outputs (N, 1) meet labels (N,)"),
    NextStep: ("E0", "the schedule is off by one"),
    NeverCleared: ("E0", "zero_grad is missing"),
    Decaying: ("E0", "weights decay, by 0.0005"),
    OneDropped: ("E0", "the last sample is left out"),
    BatchNorm: ("E4", "one norm for the whole batch"),
    Clamped: ("E4", "clamped to"),
    Stabilised: ("E4", "divided by |nabla f| + 1e-10"),
    Saturated: ("E4", "a saturated loss"),
}
"""Each with the statement that refutes it, and what its finding names first."""
