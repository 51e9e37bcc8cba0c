"""What N1 must refute: codes whose neurons see each other, and altered laws."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.losses import Logistic
from verifier.model.network import Parameters, output, preactivation
from verifier.model.recipe import Recipe
from verifier.statements.agreement.finite_width import kernel_variance
from verifier.statements.agreement.formulas import limit_kernel
from verifier.statements.agreement.neurons import NeuronLaw, Series
from verifier.statements.broken_codes import Plain, WidthWithoutRoot
from verifier.statements.control import Control


class ClippedTogether(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        # The whole network's gradient clipped to a norm
        parts = super().gradient(params, start, X, y, recipe)
        norm = torch.stack([torch.linalg.vector_norm(g) for g in parts]).norm()
        return [g * (0.1 / norm).clamp(max=1.0) for g in parts]


class RateLooksAtLoss(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        # Shorter steps where the loss is far from 0
        loss = (-y * output(params, X, recipe.slope)).mean().abs()
        return [g / (1 + loss) for g in super().gradient(params, start, X, y, recipe)]


class AlwaysLogistic(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        return super().train(params, X, y, replace(recipe, loss=Logistic()))


class PoolAsWide(NeuronLaw):
    @staticmethod
    def readout(a: Tensor, width: int) -> Tensor:
        # Neurons that move as in a network as wide as the pool
        return a


class TermsOfReLU(NeuronLaw):
    def terms(self, trained: Parameters, a: Tensor) -> Tensor:
        # Z = a max(u, 0), whatever gamma
        return (a * preactivation(trained, self.task.z).clamp_min(0.0)).mT


class SumForRoot(NeuronLaw):
    def output(self, Z: Tensor) -> Tensor:
        # A mean of neurons
        return Z.mean(dim=-2)


class MeanWithoutRoot(NeuronLaw):
    def mean(self, Z: Tensor) -> Tensor:
        # E f_T = E Z
        return Z.mean(dim=0)


class VarianceOverWidth(NeuronLaw):
    def variance(self, Z: Tensor) -> Tensor:
        # Var Z/m, as if f_T were a mean of neurons
        return super().variance(Z) / self.width


class BoundWithoutRoot(NeuronLaw):
    def wrong_sign_bound(self, Z: Tensor) -> Tensor:
        # Cantelli's with t = m |E Z|/sd Z
        return 1 / (1 + self.width * self.distance(Z).square())


class Normal(NeuronLaw):
    def series(self, Z: Tensor) -> Series:
        # The normal law alone
        normal = super().series(Z).normal
        return Series(normal, torch.zeros_like(normal), torch.zeros_like(normal))


class SkewnessReversed(NeuronLaw):
    def series(self, Z: Tensor) -> Series:
        found = super().series(Z)
        return found._replace(skewness=-found.skewness)


class FourthAsNormal(NeuronLaw):
    def fourth(self, Z: Tensor) -> Tensor:
        # 3 Var^2, whatever the width
        return 3 * self.variance(Z).square()


class SecondForgotten(NeuronLaw):
    def series(self, Z: Tensor) -> Series:
        # No term of order 1/m
        found = super().series(Z)
        return found._replace(second=torch.zeros_like(found.second))


class SkewnessLess(NeuronLaw):
    def series(self, Z: Tensor) -> Series:
        found = super().series(Z)
        return found._replace(skewness=0.9 * found.skewness)


class Lazy(NeuronLaw):
    def kernel_part(self) -> Tensor:
        # Variance of the kernel's own draw, over m
        return torch.zeros_like(self.task.z[:, 0])

    def right_sign(self, Z: Tensor) -> Tensor:
        # f_0 + T f_hat with the variance of f_0
        X, y, z, recipe = self.task
        weights = recipe.time * y * (z @ X.mT + recipe.beta) / len(y)
        centre = (weights * limit_kernel(z, X, recipe.slope)).sum(dim=1) * Z.mean(dim=0).sign()
        start = (1 + recipe.slope**2) / 2 * (z.square().sum(dim=1) / z.shape[1] + 1)
        return torch.special.ndtr(centre / (start + self.kernel_part()).sqrt())


class KernelVarianceAlone(Lazy):
    def kernel_part(self) -> Tensor:
        # V/m, as if nothing else of that order entered
        X, y, z, recipe = self.task
        weights = recipe.time * y * (z @ X.mT + recipe.beta) / len(y)
        return kernel_variance(z, X, weights, recipe.slope) / self.width


def _altered(name: str, what: str, law: type[NeuronLaw]) -> Control:
    return Control(name, what, ("N1",), altered={NeuronLaw: law})


CONTROLS = (
    Control("clipped-together", "one norm for all neurons' gradients", ("N1",), ClippedTogether),
    Control("rate-looks-at-loss", "steps over 1 + |loss|", ("N1",), RateLooksAtLoss),
    Control("always-logistic", "the logistic loss for any", ("N1",), AlwaysLogistic),
    Control("neurons-without-root", "gradients with 1/m for 1/sqrt m", ("N1",), WidthWithoutRoot),
    _altered("pool-as-wide", "a for a sqrt(M/m)", PoolAsWide),
    _altered("terms-of-relu", "Z with gamma = 0", TermsOfReLU),
    _altered("sum-for-root", "f_T a mean of neurons", SumForRoot),
    _altered("mean-without-root", "E f_T = E Z", MeanWithoutRoot),
    _altered("variance-over-width", "Var f_T = Var Z/m", VarianceOverWidth),
    _altered("margin-without-root", "t = m |E Z|/sd Z", BoundWithoutRoot),
    _altered("normal-for-edgeworth", "P of the normal law", Normal),
    _altered("skewness-reversed", "-skewness(Z)", SkewnessReversed),
    _altered("sums-fourth-as-normal", "E (f_T - E f_T)^4 = 3 Var^2", FourthAsNormal),
    _altered("second-term-forgotten", "Edgeworth's series to 1/sqrt m", SecondForgotten),
    _altered("skewness-less", "0.9 of the skewness", SkewnessLess),
    _altered("lazy-law", "N(T f_hat/sd_0)", Lazy),
    _altered("kernel-variance-alone", "sd_0^2 + V/m for Var Z", KernelVarianceAlone),
)
"""For N1, in the order of what they break: the code, the sum, its moments, its series."""
