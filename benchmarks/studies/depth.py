"""Deeper networks, empirically: what a perturbation is made of, and what one learns from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.model.vectors import cosines, unit_rows

Layers = list[tuple[Tensor, Tensor]]

DEPTHS = (2, 3, 4, 5, 6)
WIDTH, DIMENSION, SAMPLES, SHIFT = 100, 100, 40, 0.3
PATCH = 10
"""Entries that a convolutional first layer sees at once."""
EPS, RATE, STEPS = 5.0, 0.2, 250
QUANTITIES = ("in the span", "of the right class", "alike across seeds", "accuracy", "agreement")


@dataclass(frozen=True)
class Net:
    """`depth` layers of ReLUs; `patches`: the first one sees patches of the input, then averages.

    The first layer's weights are shared by all patches, as a convolution's are.
    """

    depth: int
    patches: bool = False

    def fresh(self, generator: torch.Generator) -> Layers:
        """Weights of variance 2/inputs (1/inputs for the output), no biases at the start."""
        first = PATCH if self.patches else DIMENSION
        sizes = [first] + [WIDTH] * (self.depth - 1) + [1]
        layers = []
        for k, (inputs, outputs) in enumerate(pairwise(sizes)):
            gain = math.sqrt((1 if k == self.depth - 1 else 2) / inputs)
            drawn = torch.randn(
                outputs, inputs, generator=generator, dtype=torch.float64, device="cpu"
            )
            layers.append((gain * drawn, torch.zeros(outputs, dtype=torch.float64, device="cpu")))
        return layers

    def output(self, layers: Layers, x: Tensor) -> Tensor:
        """`f(x)`, (P,)."""
        W, b = layers[0]
        if self.patches:
            hidden = torch.relu(x.unfold(1, PATCH, PATCH) @ W.T + b).mean(dim=1)
        else:
            hidden = torch.relu(x @ W.T + b)
        for W, b in layers[1:-1]:
            hidden = torch.relu(hidden @ W.T + b)
        W, b = layers[-1]
        return (hidden @ W.T + b)[:, 0]

    def train(self, layers: Layers, X: Tensor, y: Tensor) -> Layers:
        """Gradient descent on the mean logistic loss."""
        parts = [t.clone().requires_grad_() for layer in layers for t in layer]
        for _ in range(STEPS):
            pairs = list(zip(parts[::2], parts[1::2], strict=True))
            loss = torch.nn.functional.softplus(-y * self.output(pairs, X)).mean()
            gradients = torch.autograd.grad(loss, parts)
            with torch.no_grad():
                for part, gradient in zip(parts, gradients, strict=True):
                    part -= RATE * gradient
        done = [part.detach() for part in parts]
        return list(zip(done[::2], done[1::2], strict=True))

    def gradient(self, layers: Layers, x: Tensor) -> Tensor:
        """`nabla f`, (P, d)."""
        at = x.clone().requires_grad_()
        (found,) = torch.autograd.grad(self.output(layers, at).sum(), at)
        return found


def in_span(g: Tensor, X: Tensor) -> float:
    """The share of the squared length of rows of g that lies in the span of rows of X."""
    basis = torch.linalg.qr(X.T).Q
    return float(((g @ basis).square().sum(dim=1) / g.square().sum(dim=1)).mean())


def run(net: Net, number: int, is_trained: bool = True) -> tuple[float, ...]:
    """`QUANTITIES` of one run; the control: f that is not trained, and shuffled perturbations."""
    generator = torch.Generator(device="cpu").manual_seed(1000 * net.depth + number)
    data = Data("shifted", DIMENSION, SAMPLES, separation=SHIFT)
    X, y, _ = data.sample(0, generator)
    z, of_z, _ = Data("shifted", DIMENSION, 500, separation=SHIFT).sample(0, generator)
    f, other, g = (net.fresh(generator) for _ in range(3))
    if is_trained:
        f, other = (net.train(layers, X, y) for layers in (f, other))
    along, of_other = (net.gradient(layers, X) for layers in (f, other))
    mean = torch.full((DIMENSION,), SHIFT, dtype=torch.float64, device="cpu")
    targets = 2.0 * torch.randint(0, 2, (SAMPLES,), generator=generator, device="cpu") - 1
    r = EPS * targets[:, None] * unit_rows(along)
    g = net.train(g, r, targets)
    f_z, g_z = net.output(f, z), net.output(g, z)
    return (
        in_span(along, X),
        float((along @ mean > 0).double().mean()),
        float(cosines(along, of_other).mean()),
        float((g_z * of_z > 0).double().mean()),
        float((f_z * g_z > 0).double().mean()),
    )
