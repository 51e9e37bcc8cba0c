"""Altered statements of R1-R4: one formula or one rate wrong, under the reference."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.kernel.phi_gradient import phi_gradient
from verifier.model.vectors import unit_rows
from verifier.statements.control import Control
from verifier.statements.limits.formulas import Limits


class PredictionWithoutBeta(Limits):
    def inner(self, z: Tensor) -> Tensor:
        # <z, x_n> alone
        return z @ self.X.T


class ConstantKernel(Limits):
    def phi(self, z: Tensor) -> Tensor:
        # Patterns as if independent: Phi at rho = 0
        shape = len(z), len(self.y)
        return torch.full(shape, (1 + self.slope) ** 2 / 4, dtype=z.dtype, device=z.device)


class KernelOfPlainCosine(Limits):
    def phi(self, z: Tensor) -> Tensor:
        # The angle of z and x_n themselves, without the constant of the bias
        rho = (unit_rows(z) @ unit_rows(self.X).T).clamp(-1, 1)
        return self.slope + (1 - self.slope) ** 2 * (0.25 + rho.asin() / (2 * torch.pi))


class StartNotInOutput(Limits):
    def output(self, z: Tensor, f_0: Tensor) -> Tensor:
        # T f_hat alone
        return self.time * self.f_hat(z)


class FasterRates(Limits):
    output_rate = -1.0
    direction_rate = -1.0


class SlowerRates(Limits):
    output_rate = -0.25
    direction_rate = -0.25


class UnsignedDirection(Limits):
    def direction(self, z: Tensor) -> Tensor:
        # Without y_n
        return self.phi(z) @ self.X / len(self.y)


class PublishedDirection(Limits):
    def flip_term(self, z: Tensor) -> Tensor:
        # None: h = s
        return torch.zeros_like(z)


class UnweightedFlips(Limits):
    def flip_term(self, z: Tensor) -> Tensor:
        # Without the weights <z, x_n> + beta
        return (phi_gradient(z, self.X, self.slope) * self.y[:, None]).mean(dim=1)


class FlipsReversed(Limits):
    def flip_term(self, z: Tensor) -> Tensor:
        return -super().flip_term(z)


class StartNotInGradient(Limits):
    def gradient(self, z: Tensor, gradient_0: Tensor) -> Tensor:
        # T h alone
        return self.time * self.sharpened(z)


class StartTwice(Limits):
    def gradient(self, z: Tensor, gradient_0: Tensor) -> Tensor:
        # As if T were half as long
        return 2 * gradient_0 + self.time * self.sharpened(z)


CONTROLS = (
    Control(
        "f_hat-without-beta",
        "<z, x_n> for K_inf's factor",
        ("R1",),
        altered={Limits: PredictionWithoutBeta},
    ),
    Control(
        "constant-phi",
        "Phi as of independent patterns",
        ("R1", "R2"),
        altered={Limits: ConstantKernel},
    ),
    Control(
        "phi-without-biases", "rho without + 1", ("R1", "R2"), altered={Limits: KernelOfPlainCosine}
    ),
    Control("f_0-missing", "f_T ~ T f_hat", ("R1",), altered={Limits: StartNotInOutput}),
    Control("rate-one", "m^-1", ("R1", "R2"), altered={Limits: FasterRates}),
    Control("rate-quarter", "m^-1/4", ("R1", "R2"), altered={Limits: SlowerRates}),
    Control("s-unsigned", "s without y_n", ("R2",), altered={Limits: UnsignedDirection}),
    Control(
        "published-direction",
        "h = s, no flip term",
        ("R3", "R4"),
        altered={Limits: PublishedDirection},
    ),
    Control(
        "flips-unweighted",
        "without <z, x_n> + beta",
        ("R3", "R4"),
        altered={Limits: UnweightedFlips},
    ),
    Control(
        "flips-reversed", "flip term subtracted", ("R3", "R4"), altered={Limits: FlipsReversed}
    ),
    Control(
        "nabla-f_0-missing", "nabla f_T ~ T h in R4", ("R4",), altered={Limits: StartNotInGradient}
    ),
    Control("nabla-f_0-twice", "2 nabla f_0 + T h in R4", ("R4",), altered={Limits: StartTwice}),
)
