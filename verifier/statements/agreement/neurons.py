"""N1's formulas: the exact law of an output under the identity loss (docs/agreement.md).

Nothing that a neuron does depends on the others, so that an output is a sum of independent terms
of one law, at any width, and single neurons of that law can be had from one training.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.model.network import Parameters, preactivation
from verifier.model.recipe import Recipe

_BERRY_ESSEEN = 0.4748  # Shevtsova (2011), for independent terms of one law


class Task(NamedTuple):
    """What a network is trained on, and where it is looked at: `X (N, d)`, `y (N,)`, `z (P, d)`."""

    X: Tensor
    y: Tensor
    z: Tensor
    recipe: Recipe


class Series(NamedTuple):
    """The terms of Edgeworth's series for a probability, (P,) each."""

    normal: Tensor
    skewness: Tensor
    second: Tensor


class NeuronLaw:
    """The law of `f_T(z) = (1/sqrt m) sum_i Z_i(z)`, `Z_i = a_i phi(u_i(z; T))`, at width m.

    Moments are those of a pool `Z (M, P)` of single neurons that moved as in a network of width m.
    Altered statements subclass this: each formula is one method.
    """

    def __init__(self, width: int, task: Task) -> None:
        self.width = width
        self.task = task

    @staticmethod
    def readout(a: Tensor, width: int) -> Tensor:
        """The readout `(M,)` with which a network of M neurons moves each as at `width` m.

        Neuron i moves by `a_i/(N sqrt m)` times a sum over samples: in a network of M neurons that
        takes `a_i sqrt(M/m)`.
        """
        return a * math.sqrt(len(a) / width)

    def terms(self, trained: Parameters, a: Tensor) -> Tensor:
        """`Z_i(z) = a_i phi(u_i(z; T))` of each neuron of a trained pool, a its own readout.

        In float64, whatever the pool was trained in: moments are differences of these.
        """
        u = preactivation(trained, self.task.z).double()
        return (a * torch.nn.functional.leaky_relu(u, self.task.recipe.slope)).mT

    def output(self, Z: Tensor) -> Tensor:
        """`f_T(z)` of networks made of the neurons `Z (..., m, P)`, (..., P)."""
        return Z.sum(dim=-2) / math.sqrt(self.width)

    def mean(self, Z: Tensor) -> Tensor:
        """`E f_T = sqrt m E Z`, (P,)."""
        return math.sqrt(self.width) * Z.mean(dim=0)

    def variance(self, Z: Tensor) -> Tensor:
        """`Var f_T = Var Z`, (P,)."""
        return (Z - Z.mean(dim=0)).square().mean(dim=0)

    def fourth(self, Z: Tensor) -> Tensor:
        """`E (f_T - E f_T)^4 = 3 Var^2 + (E (Z - E Z)^4 - 3 Var^2)/m`, (P,)."""
        square = self.variance(Z).square()
        quartic = (Z - Z.mean(dim=0)).square().square().mean(dim=0)
        return 3 * square + (quartic - 3 * square) / self.width

    def distance(self, Z: Tensor) -> Tensor:
        """`t = sqrt m |E Z| / sd Z`, (P,)."""
        return self.mean(Z).abs() / self.variance(Z).sqrt()

    def wrong_sign_bound(self, Z: Tensor) -> Tensor:
        """A bound on the probability that `f_T(z)` has not the sign of `E Z`, (P,).

        Cantelli's inequality or the theorem of Berry and Esseen, whichever says more.
        """
        t = self.distance(Z)
        rho = (Z - Z.mean(dim=0)).abs().pow(3).mean(dim=0) / self.variance(Z).pow(1.5)
        normal = torch.special.ndtr(-t) + _BERRY_ESSEEN * rho / math.sqrt(self.width)
        return torch.minimum(1 / (1 + t.square()), normal)

    def series(self, Z: Tensor) -> Series:
        """Edgeworth's series for the probability that `f_T(z)` has the sign of `E Z`."""
        centred = (Z - Z.mean(dim=0)) * Z.mean(dim=0).sign()
        spread = self.variance(Z).sqrt()
        l3 = centred.pow(3).mean(dim=0) / spread.pow(3) / math.sqrt(self.width)
        l4 = (centred.pow(4).mean(dim=0) / spread.pow(4) - 3) / self.width
        x = -self.distance(Z)
        density = torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)
        first = l3 * (x.square() - 1) / 6
        second = l4 * (x**3 - 3 * x) / 24 + l3.square() * (x**5 - 10 * x**3 + 15 * x) / 72
        return Series(torch.special.ndtr(-x), density * first, density * second)

    def right_sign(self, Z: Tensor) -> Tensor:
        """The series' sum: the probability that `f_T(z)` has the sign of `E Z`, (P,)."""
        return sum(self.series(Z)[1:], self.series(Z).normal).clamp(0.0, 1.0)
