"""An adapter: a `torch.nn.Module` of one's own, and the loop that trains it, under test.

>>> import torch
>>> from torch import nn
>>> from verifier import Parameters, Recipe
>>> class Net(nn.Module):
...     def __init__(self, width, dimension, slope):
...         super().__init__()
...         self.hidden = nn.Linear(dimension, width)
...         self.act = nn.LeakyReLU(slope)
...         self.readout = nn.Linear(width, 1, bias=False).requires_grad_(False)
...
...     def forward(self, x):
...         return self.readout(self.act(self.hidden(x)))
>>> class Mine(TorchModule):
...     def build(self, width, dimension, slope):
...         return Net(width, dimension, slope)
...
...     def fit(self, net, X, y, recipe):
...         optimiser = torch.optim.SGD(net.parameters(), lr=1.0, momentum=recipe.momentum)
...         for eta in recipe.steps:
...             optimiser.param_groups[0]["lr"] = eta
...             optimiser.zero_grad()
...             recipe.loss.value(-y * net(X).squeeze(1)).mean().backward()
...             optimiser.step()
>>> params = Parameters(torch.eye(2), torch.zeros(2), torch.tensor([2.0, -2.0]))
>>> X, y = torch.tensor([[1.0, 0.0]]), torch.tensor([1.0])
>>> Mine().train(params, X, y, Recipe((1.0,)))[1]
tensor([1.4142, 0.0000])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from verifier.errors import require
from verifier.model.losses import Loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


@contextmanager
def _recorded() -> Iterator[None]:
    """Gradients on, whatever the caller had switched off."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


class TorchModule:
    """The protocol's functions, of a module and a training loop; for subclasses.

    A subclass has `build(width, dimension, slope)`, which returns the module with any weights, and
    `fit(net, X, y, recipe)`, which trains it in place on `X (N, d)`, `y (N,)`. If it has
    `attack(net, X, targets, eps, loss)`, which returns perturbations (N, d), then those are checked
    too. The module maps x of (P, d) to f(x), (P,) or (P, 1). It computes in the floating-point type
    that is drawn, to which it is moved.

    `weight`, `bias`, `readout`: where the module keeps W, b and a, by their names in its
    `state_dict`; `bias = None` if it has none. `is_scaled`: whether the readout holds `a/sqrt m`,
    so that `forward` has no such factor.
    """

    weight: str = "hidden.weight"
    bias: str | None = "hidden.bias"
    readout: str = "readout.weight"
    is_scaled: bool = True

    def build(self, width: int, dimension: int, slope: float) -> nn.Module:
        """A module of `width` hidden neurons on inputs of (P, dimension)."""
        raise NotImplementedError("a subclass builds the module")

    def fit(self, net: nn.Module, X: Tensor, y: Tensor, recipe: Recipe) -> None:
        """Train `net` in place."""
        raise NotImplementedError("a subclass trains the module")

    def train(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`W (m, d)`, `b (m,)`, `a (m,)` after `fit` from `params`."""
        with _recorded():
            net = self._loaded(params, recipe.slope)
            for name, value in net.named_parameters():
                if name == self.bias:
                    value.requires_grad_(recipe.train_bias)
            before = net.state_dict()[self.readout].clone()
            self.fit(net, X, y, recipe)
        after = {name: value.detach().clone() for name, value in net.state_dict().items()}
        b = params.b if self.bias is None else after[self.bias].reshape(params.b.shape)
        # a readout that stayed is what it was handed as: scaled to and fro it would be rounded
        a = params.a
        if not torch.equal(after[self.readout], before):
            a = after[self.readout].reshape(a.shape) * self._scale(params)
        return after[self.weight].reshape(params.W.shape), b, a

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`f(z)`, (P,)."""
        with torch.no_grad():
            return self._values(self._loaded(params, slope).eval(), z)

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`nabla f(z)` by autograd, (P, d)."""
        with _recorded():
            points = z.detach().clone().requires_grad_()
            values = self._values(self._loaded(params, slope).eval(), points)
            (gradient,) = torch.autograd.grad(values.sum(), points)
        return gradient

    @property
    def perturb(self) -> Callable[..., Any] | None:
        """`attack` on the module of given parameters; None, and so not offered, without one."""
        return self._perturb if hasattr(self, "attack") else None

    def _perturb(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        loss: Loss,
    ) -> Any:
        with _recorded():
            net = self._loaded(params, slope).eval()
            return getattr(self, "attack")(net, X, targets, eps, loss)  # noqa: B009

    def _scale(self, params: Parameters) -> float:
        return math.sqrt(params.width) if self.is_scaled else 1.0

    def _loaded(self, params: Parameters, slope: float) -> nn.Module:
        """The module with these parameters, in their dtype and on their device."""
        with torch.random.fork_rng(devices=[]):  # a module draws weights that are not used
            net = self.build(params.width, params.dimension, slope)
        rule = f"must return an nn.Module, not {type(net).__name__}"
        require(isinstance(net, nn.Module), "build", f"{type(self).__name__}.build", rule)
        net.to(device=params.W.device, dtype=params.W.dtype)
        self._put(net, "weight", self.weight, params.W)
        if self.bias is not None:
            self._put(net, "bias", self.bias, params.b)
        self._put(net, "readout", self.readout, params.a / self._scale(params))
        return net

    def _put(self, net: nn.Module, argument: str, name: str, value: Tensor) -> None:
        """Copy a value into the module's state."""
        state = net.state_dict()
        rule = f"must be one of the module's {', '.join(state)}"
        require(name in state, argument, repr(name), rule)
        held = state[name]
        # a readout may be a row or a column; hidden weights of the same size may be transposed
        fits = held.shape == value.shape if value.ndim > 1 else held.numel() == len(value)
        rule = f"must have the shape {tuple(value.shape)}"
        require(fits, argument, f"{name} {tuple(held.shape)}", rule)
        with torch.no_grad():
            held.copy_(value.reshape(held.shape))

    @staticmethod
    def _values(net: nn.Module, z: Tensor) -> Tensor:
        found: Tensor = net(z)
        return found.squeeze(-1) if found.ndim > 1 else found
