"""The training loop and the attack of the paper's experiments, written from their description.

It differs from the theory's words in four ways, none of which the statements may mind:

- the factor `1/sqrt m` sits in the readout, `f(x) = <a/sqrt m, phi(W x + b)>`;
- `phi` is torch's leaky ReLU, whose derivative at 0 is the slope (theory says 1);
- the attack descends a loss of `f` summed over the samples, and normalises its gradient;
- targets and labels enter through that loss alone.

Its kernel was a mean over drawn neurons. None is offered here: K1 refutes such a mean.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from verifier.model.losses import Identity, Loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


class Network(nn.Module):
    """`f(x) = <readout, phi(W x + b)>` with `readout = a/sqrt m` frozen, `b` too if asked."""

    readout: Tensor

    def __init__(self, params: Parameters, slope: float, train_bias: bool = True) -> None:
        super().__init__()
        W, b, a = (t.detach().clone() for t in params)
        self.W = nn.Parameter(W)
        self.b = nn.Parameter(b, requires_grad=train_bias)
        self.slope = slope
        self.register_buffer("readout", a / math.sqrt(len(a)))

    def forward(self, x: Tensor) -> Tensor:
        """`f(x)` of `x (P, d)`, shape (P,)."""
        hidden = nn.functional.leaky_relu(nn.functional.linear(x, self.W, self.b), self.slope)
        return hidden @ self.readout


class Published:
    """The published `train` and `perturb`, with the output and gradient of the same network.

    `attack_loss`: what the attack descends. Of a margin it is the same attack for every loss, up to
    rounding; a loss that saturates rounds its gradient to 0 where a sample is beyond doubt.
    """

    def __init__(self, attack_loss: Loss | None = None) -> None:
        self.attack_loss = attack_loss or Identity()

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """Parameters after full-batch `torch.optim.SGD` by `recipe`, `X (N, d)`, `y (N,)`."""
        with torch.inference_mode(False), torch.enable_grad():
            f = Network(params, recipe.slope, recipe.train_bias)
            X, y = X.detach().clone(), y.detach().clone()
            trained = [p for p in f.parameters() if p.requires_grad]
            optimiser = torch.optim.SGD(trained, lr=recipe.steps[0], momentum=recipe.momentum)
            for eta in recipe.steps:
                optimiser.param_groups[0]["lr"] = eta
                optimiser.zero_grad()
                torch.autograd.backward(recipe.loss.value(-y * f(X)).mean())
                optimiser.step()
        return Parameters(f.W.detach(), f.b.detach(), params.a.detach().clone())

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`f(z)` at `z (P, d)`, shape (P,)."""
        with torch.no_grad():
            value: Tensor = Network(params, slope)(z.detach())
        return value

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`nabla f(z)` at `z (P, d)`, shape (P, d)."""
        with torch.inference_mode(False), torch.enable_grad():
            points = z.detach().clone().requires_grad_()
            (gradient,) = torch.autograd.grad(Network(params, slope)(points).sum(), points)
        return gradient

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        """A step of length eps down the summed attack loss from `X (N, d)`, shape (N, d)."""
        with torch.inference_mode(False), torch.enable_grad():
            points = X.detach().clone().requires_grad_()
            margins = targets.detach().clone() * Network(params, slope)(points)
            (gradient,) = torch.autograd.grad(self.attack_loss.value(-margins).sum(), points)
        tiny = torch.finfo(X.dtype).tiny  # a gradient of 0 stays 0
        return -eps * nn.functional.normalize(gradient, dim=1, eps=tiny)

    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """`W (m, d)`, `b (m,)` of variances 1/d, 1, and a readout of variance 1/m times sqrt m."""
        generator = torch.Generator(device="cpu").manual_seed(seed)
        W, b, readout = (
            torch.empty(*shape, dtype=torch.float64, device="cpu")
            for shape in ((width, dimension), (width,), (width,))
        )
        nn.init.normal_(W, std=1 / math.sqrt(dimension), generator=generator)
        nn.init.normal_(b, generator=generator)
        nn.init.normal_(readout, std=1 / math.sqrt(width), generator=generator)
        return Parameters(W, b, math.sqrt(width) * readout)
