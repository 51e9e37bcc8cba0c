"""Draws on which every pre-activation is exactly 0, in any floating-point type and any order.

Sample n lies on axis n at a power of two, `x_n = x_nn e_n`, and `w_in = -b_i/x_nn`: all terms of
`u_i(x_n)` but two are 0, and those cancel. Biases and readouts are quarters below 8.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from verifier.errors import require
from verifier.model.network import Parameters
from verifier.trial.draw import Draw
from verifier.trial.trial import Trial


def quarters(t: Tensor) -> Tensor:
    """Near `t`, never 0: with its sign, quarters from 1/4 to 7."""
    size = torch.ceil(4 * t.abs()).clamp(1, 28) / 4
    return torch.where(t < 0, -size, size)


def lengths_on_axes(X: Tensor) -> Tensor:
    """`x_nn`, (N,); `InputError` unless sample n of `X (N, d)` has a power of two on axis n alone.

    N = d is even, so that weights have orthogonal ones in quarters too.
    """
    length = X.diagonal()
    on_axes = X.shape[0] == X.shape[1] and torch.equal(X, torch.diag(length))
    powers = bool((torch.frexp(length).mantissa.abs() == 0.5).all())
    rule = "must be an even number of samples, each a power of two on an axis of its own"
    require(on_axes and powers and len(X) % 2 == 0, "data", "other points", rule)
    return length


class AtKink(Trial):
    """A trial whose configuration's networks are moved to their kinks at all samples."""

    @cached_property
    def draw(self) -> Draw:
        """As a `Trial` draws it, with those networks."""
        start = super().draw
        length = lengths_on_axes(start.X)
        exact_root = math.isqrt(self.configuration.width) ** 2 == self.configuration.width
        require(exact_root, "width", self.configuration.width, "must be a square: sqrt m is exact")

        def moved(fresh: Parameters) -> Parameters:
            b = quarters(fresh.b)
            return Parameters(-b[:, None] / length, b, quarters(fresh.a))

        return replace(start, f_0=moved(start.f_0), g_0=moved(start.g_0))


def beside_an_active_one(f: Parameters, i: int, X: Tensor) -> Parameters:
    """Neuron i of `f` at its kinks, and one surely active at all of `X`; two neurons.

    Its weights are orthogonal to those of neuron i and as long, its readout is `|a_i|`: so it
    shows in gradients what neuron i adds to them, whatever their length.
    """
    at_kink = f.W[i]
    turned = at_kink.view(-1, 2).flip(1) * at_kink.new_tensor([1.0, -1.0])
    turned = turned.flatten()
    clear = 2 * (X @ turned).abs().max() + 1
    W, b = torch.stack((at_kink, turned)), torch.stack((f.b[i], clear))
    return Parameters(W, b, torch.stack((f.a[i], f.a[i].abs())))
