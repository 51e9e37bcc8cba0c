"""The theory's network as ordinary PyTorch: `nn.Module`, autograd and `torch.optim.SGD`.

Nothing here is shared with the library's own formulas: the objective is written down and autograd
does the rest, so that agreement between the two is evidence for both. Results have the dtype and
device of what is handed over.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from verifier.implementations.torch_attack import steepest, unit_rows
from verifier.model.attack import Attack
from verifier.model.deep import DeepRecipe, Layers
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


class LeakyReLU(nn.Module):
    """`max(u, slope * u)` elementwise, with derivative 1 at `u = 0` (torch's own has slope)."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, u: Tensor) -> Tensor:
        """`phi(u)`, same shape and dtype."""
        return torch.where(u >= 0, u, self.slope * u)


class TwoLayerNet(nn.Module):
    """`f(x) = <a, phi(W x + b)> / sqrt(m)` holding copies of `W (m, d)`, `b (m,)`, `a (m,)`.

    The hidden layer is an `nn.Linear`, its bias trained if `train_bias`; the readout is a parameter
    that is frozen unless `train_readout`.
    """

    def __init__(
        self,
        params: Parameters,
        slope: float,
        train_bias: bool = True,
        train_readout: bool = False,
    ) -> None:
        super().__init__()
        self.hidden = _linear(params.W, params.b, train_bias)
        self.activation = LeakyReLU(slope)
        self.readout = nn.Parameter(params.a.detach().clone(), requires_grad=train_readout)

    def forward(self, x: Tensor) -> Tensor:
        """`f(x)` of `x (P, d)`, shape (P,)."""
        features: Tensor = self.activation(self.hidden(x))
        return features @ self.readout / math.sqrt(self.hidden.out_features)

    def parameters_now(self) -> Parameters:
        """Detached copies of `(W, b, a)` as they are now."""
        parts = (self.hidden.weight, self.hidden.bias, self.readout)
        return Parameters(*(t.detach().clone() for t in parts))


class Activation(nn.Module):
    """A deep recipe's activation."""

    def __init__(self, recipe: DeepRecipe) -> None:
        super().__init__()
        self.recipe = recipe

    def forward(self, u: Tensor) -> Tensor:
        """`phi(u)`, same shape and dtype."""
        return self.recipe.phi(u)


def _linear(W: Tensor, b: Tensor, train_bias: bool) -> nn.Linear:
    """An `nn.Linear` that holds copies of `W (out, in)`, `b (out,)`."""
    layer = nn.Linear(W.shape[1], W.shape[0], device="meta", dtype=W.dtype)  # draws nothing
    layer.weight = nn.Parameter(W.detach().clone())
    layer.bias = nn.Parameter(b.detach().clone(), requires_grad=train_bias)
    return layer


def _gradient(params: Parameters, z: Tensor, slope: float, factor: Tensor | None = None) -> Tensor:
    """`factor_p * nabla f(z_p)` at `z (P, d)` by autograd, factor (P,) or one; shape (P, d)."""
    with torch.inference_mode(False), torch.enable_grad():
        points = z.detach().clone().requires_grad_()
        outputs = TwoLayerNet(params, slope)(points)
        factor = torch.ones_like(outputs) if factor is None else factor.detach().to(outputs.dtype)
        (gradient,) = torch.autograd.grad(outputs, points, grad_outputs=factor)
    return gradient


def _descended(
    params: Parameters,
    X: Tensor,
    y: Tensor,
    recipe: Recipe,
    batches: Tensor | None = None,
    train_readout: bool = False,
) -> Parameters:
    """After a `torch.optim.SGD` step for each of `recipe.steps`, on all samples or a batch."""
    with torch.inference_mode(False), torch.enable_grad():
        f = TwoLayerNet(params, recipe.slope, recipe.train_bias, train_readout)
        X, y = X.detach().clone(), y.detach().clone()
        trained = [p for p in f.parameters() if p.requires_grad]
        optimiser = torch.optim.SGD(trained, lr=recipe.steps[0], momentum=recipe.momentum)
        for j, eta in enumerate(recipe.steps):
            seen = slice(None) if batches is None else batches[j]
            for group in optimiser.param_groups:
                group["lr"] = eta
            optimiser.zero_grad()
            torch.autograd.backward(recipe.loss.value(-y[seen] * f(X[seen])).mean())
            optimiser.step()
        return f.parameters_now()


class TorchNN:
    """The protocol's training, output, input gradient and attacks, all by autograd.

    The tensors handed over are never written to.
    """

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """Parameters after full-batch SGD on `mean(loss(-y f(X)))`, `X (N, d)`, `y (N,)`.

        The shapes, dtype and device are those of `params`.
        """
        return _descended(params, X, y, recipe)

    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> Parameters:
        """The same with the mean over the samples in `batches (K, B)` at each step."""
        return _descended(params, X, y, recipe, batches)

    def train_readout(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """The same with the readout trained too."""
        return _descended(params, X, y, recipe, train_readout=True)

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        """The layers after mini-batch training on `X (N, d)`, `y (N,)` by `recipe`.

        `torch.optim.SGD` and `clip_grad_norm_`; decoupled decay, which that optimiser lacks, comes
        before its step.
        """
        with torch.inference_mode(False), torch.enable_grad():
            linear = [_linear(W, b, recipe.train_bias) for W, b in layers]
            hidden = [part for layer in linear[:-1] for part in (layer, Activation(recipe))]
            f = nn.Sequential(*hidden, linear[-1])
            X, y = X.detach().clone(), y.detach().clone()
            trained = [p for p in f.parameters() if p.requires_grad]
            optimiser = torch.optim.SGD(
                trained,
                lr=recipe.steps[0],
                momentum=recipe.momentum,
                nesterov=recipe.nesterov,
                weight_decay=recipe.coupled_decay,
            )
            for eta, batch in zip(recipe.steps, recipe.batches, strict=True):
                for group in optimiser.param_groups:
                    group["lr"] = eta
                optimiser.zero_grad()
                objective = recipe.loss.value(-y[batch] * f(X[batch]).squeeze(-1)).mean()
                torch.autograd.backward(objective)
                if recipe.clip_norm is not None:
                    nn.utils.clip_grad_norm_(trained, recipe.clip_norm)
                with torch.no_grad():
                    for parameter in trained:
                        parameter.mul_(1 - eta * recipe.decoupled_decay)
                optimiser.step()
            return tuple((part.weight.detach(), part.bias.detach()) for part in linear)

    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """`W (m, d)`, `b (m,)`, `a (m,)` of variances 1/d, 1, 1; float64 on the CPU.

        `nn.init` fills a layer and a readout from a generator of their own, not the global one.
        """
        generator = torch.Generator(device="cpu").manual_seed(seed)
        hidden = nn.Linear(dimension, width, device="meta", dtype=torch.float64).to_empty(
            device="cpu"
        )
        readout = torch.empty(width, device="cpu", dtype=torch.float64)
        nn.init.normal_(readout, generator=generator)
        nn.init.normal_(hidden.bias, generator=generator)
        nn.init.normal_(hidden.weight, std=dimension**-0.5, generator=generator)
        return Parameters(hidden.weight.detach(), hidden.bias.detach(), readout)

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`f(z)` at `z (P, d)`, shape (P,), dtype of `params`."""
        with torch.no_grad():
            outputs: Tensor = TwoLayerNet(params, slope)(z.detach())
        return outputs

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """`nabla f(z)` at `z (P, d)`, shape (P, d), dtype of `z`."""
        return _gradient(params, z, slope)

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        """Steepest descent of length eps from `X (N, d)` towards `targets (N,)`, shape (N, d).

        It follows the gradient of the margin `target * f(x)`. The gradient of any loss of the
        margin is that times a positive number per sample, which leaves the direction alone but
        underflows where the loss saturates (the logistic loss from a margin of 104 in float32,
        745 in float64). Where the gradient of f is exactly zero, so is the perturbation.
        """
        return eps * unit_rows(_gradient(params, X, slope, targets))

    def perturb_by(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
    ) -> Tensor:
        """The same of length eps in the attack's norm, along as many entries as it allows."""
        return eps * steepest(_gradient(params, X, slope, targets), attack)

    def perturb_in_steps(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
        steps: tuple[float, ...],
    ) -> Tensor:
        """The same by steps from `X (N, d)`, each clipped (Linf) or scaled back to length eps."""
        r = torch.zeros_like(X)
        for step in steps:
            r = r + step * steepest(_gradient(params, X + r, slope, targets), attack)
            if attack.norm == math.inf:
                r = r.clamp(-eps, eps)
            else:
                length = torch.linalg.vector_norm(r / (eps or 1.0), attack.norm, 1, keepdim=True)
                r = r / length.clamp(min=1.0)
        return r
