"""Training as most would write it: a default `nn.Linear`, and so in float32, whatever is handed."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


class Net(nn.Module):
    def __init__(self, params: Parameters, slope: float, train_bias: bool = True) -> None:
        super().__init__()
        self.hidden = nn.Linear(params.dimension, params.width)
        self.slope = slope
        with torch.no_grad():
            self.hidden.weight.copy_(params.W)
            self.hidden.bias.copy_(params.b)
        self.hidden.bias.requires_grad_(train_bias)
        self.register_buffer("a", params.a.clone().float())

    def forward(self, x: Tensor) -> Tensor:
        u = self.hidden(x)
        return nn.functional.leaky_relu(u, self.slope) @ self.a / math.sqrt(len(self.a))


class Refusing:
    """Multiplies what it is handed with what it holds, which torch refuses in mixed types."""

    def as_mine(self, x: Tensor) -> Tensor:
        return x

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> tuple[Any, ...]:
        f = Net(params, recipe.slope, recipe.train_bias)
        trained = [p for p in f.parameters() if p.requires_grad]
        optimiser = torch.optim.SGD(trained, lr=recipe.steps[0], momentum=recipe.momentum)
        for eta in recipe.steps:
            optimiser.param_groups[0]["lr"] = eta
            optimiser.zero_grad()
            s = -self.as_mine(y) * f(self.as_mine(X))
            torch.autograd.backward(recipe.loss.value(s).mean())
            optimiser.step()
        return f.hidden.weight, f.hidden.bias, f.a

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return Net(params, slope)(self.as_mine(z)).detach()

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        z = self.as_mine(z).clone().requires_grad_()
        return torch.autograd.grad(Net(params, slope)(z).sum(), z)[0]

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        gradient = self.input_gradient(params, X, slope) * self.as_mine(targets)[:, None]
        length = gradient.norm(dim=1, keepdim=True)
        return eps * torch.where(length > 0, gradient / length, gradient)


class Casting(Refusing):
    """Casts it first."""

    def as_mine(self, x: Tensor) -> Tensor:
        return x.float()


class CastingBack(Casting):
    """And hands back float64, as if nothing had been."""

    def train(self, *handed: Any) -> tuple[Any, ...]:
        return tuple(t.detach().double() for t in super().train(*handed))

    def output(self, *handed: Any) -> Tensor:
        return super().output(*handed).double()

    def input_gradient(self, *handed: Any) -> Tensor:
        return super().input_gradient(*handed).double()

    def perturb(self, *handed: Any) -> Tensor:
        return super().perturb(*handed).double()


class Wrong(CastingBack):
    """Off by a thousandth, which single precision does not excuse."""

    def output(self, *handed: Any) -> Tensor:
        return 1.001 * super().output(*handed)
