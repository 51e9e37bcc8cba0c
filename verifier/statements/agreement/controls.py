"""Altered predictions of R5: one formula wrong, under the reference implementation."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.model.network import Parameters
from verifier.statements.agreement.formulas import (
    Kernel,
    PhaseDiagram,
    Response,
    limit_kernel,
)
from verifier.statements.agreement.jointly_normal import Moments
from verifier.statements.agreement.rivals import scaled
from verifier.statements.control import Control


class StartOfFForgotten(PhaseDiagram):
    def f_prediction(self, z: Tensor, f_0: Tensor) -> Tensor:
        return self.clean_prediction(z)


class StartOfGForgotten(PhaseDiagram):
    def g_along(self, z: Tensor, g_0: Tensor, nu: Tensor, targets: Tensor) -> Tensor:
        return super().g_along(z, torch.zeros_like(g_0), nu, targets)


class StartNotAttacked(PhaseDiagram):
    def directions(self, gradient: Tensor) -> Tensor:
        # Nu without nabla f_0
        return super().directions(torch.zeros_like(gradient))


class LabelsRemain(PhaseDiagram):
    def g_along(self, z: Tensor, g_0: Tensor, nu: Tensor, targets: Tensor) -> Tensor:
        # Perturbations without their targets' signs: the labels do not cancel
        inputs = self.natural + self.eps * nu
        terms = self.g_kernel(z, inputs, self.slope) * (z @ inputs.mT + self.beta)
        return g_0 + self.g_time * (terms * targets.unsqueeze(-2)).mean(dim=-1)


class PerturbationForgotten(PhaseDiagram):
    def g_along(self, z: Tensor, g_0: Tensor, nu: Tensor, targets: Tensor) -> Tensor:
        # `g_hat` on the natural inputs alone
        terms = self.g_kernel(z, self.natural, self.slope) * (z @ self.natural.mT + self.beta)
        return g_0 + self.g_time * (terms * targets.unsqueeze(-2)).mean(dim=-1)


class BiasForgotten(PhaseDiagram):
    def g_along(self, z: Tensor, g_0: Tensor, nu: Tensor, targets: Tensor) -> Tensor:
        # Without beta, which is nearly all the noise in scenario (a)
        frozen = PhaseDiagram(
            *(self.X, self.y, self.natural, self.eps, self.f_time, self.g_time, self.slope, 0.0)
        )
        return frozen.g_along(z, g_0, nu, targets)


class TimeOfGIgnored(PhaseDiagram):
    def g_along(self, z: Tensor, g_0: Tensor, nu: Tensor, targets: Tensor) -> Tensor:
        # T_g = 1
        return g_0 + super().g_along(z, torch.zeros_like(g_0), nu, targets) / self.g_time


class StartsIndependent(PhaseDiagram):
    def start_covariance(self, z: Tensor, w: Tensor) -> Tensor:
        # No correlation r: as if the perturbations carried nothing of f's start
        return torch.zeros_like(z[..., 0])


class TargetsWithoutNoise(PhaseDiagram):
    def target_variance(self, response: Response) -> Tensor:
        return torch.zeros_like(response.mean[..., 0])


class Certain(PhaseDiagram):
    def chance(self, moments: Moments) -> Tensor:
        # The signs of f_hat and of g_hat's mean, as if nothing were random
        return (moments.f.sign() == moments.g.sign()).to(moments.f.dtype)


class AgreementConstant(PhaseDiagram):
    def chance(self, moments: Moments) -> Tensor:
        # About the grid's average, whatever the data: errors of unlike cells cancel
        return torch.full_like(moments.f, 0.72)


class NothingLearnt(PhaseDiagram):
    def response(self, z: Tensor, nu: Tensor) -> Response:
        # No mean mu: wrong labels leave nothing to learn
        response = super().response(z, nu)
        return response._replace(mean=torch.zeros_like(response.mean))


class LimitForOwn(PhaseDiagram):
    @staticmethod
    def own_kernel(start: Parameters) -> Kernel:
        return limit_kernel


class ReadoutForgotten(PhaseDiagram):
    @staticmethod
    def own_kernel(start: Parameters) -> Kernel:
        # K_0 of the patterns alone, a_i^2 = 1
        return PhaseDiagram.own_kernel(start._replace(a=torch.ones_like(start.a)))


class OwnOfReLU(PhaseDiagram):
    @staticmethod
    def own_kernel(start: Parameters) -> Kernel:
        # K_0 of active neurons alone, gamma = 0
        own = PhaseDiagram.own_kernel(start)
        return lambda z, X, slope: own(z, X, 0.0)


class FifthTooSmall(PhaseDiagram):
    @staticmethod
    def own_kernel(start: Parameters) -> Kernel:
        return scaled(PhaseDiagram.own_kernel(start), 0.8)


CONTROLS = (
    Control(
        "start-of-f-forgotten",
        "f_T = T_f f_hat",
        ("R5",),
        altered={PhaseDiagram: StartOfFForgotten},
    ),
    Control(
        "start-of-g-forgotten",
        "g_T = T_g g_hat",
        ("R5",),
        altered={PhaseDiagram: StartOfGForgotten},
    ),
    Control(
        "start-not-attacked",
        "nu without nabla f_0",
        ("R5",),
        altered={PhaseDiagram: StartNotAttacked},
    ),
    Control(
        "labels-do-not-cancel",
        "ytil_n on the eps term",
        ("R5",),
        altered={PhaseDiagram: LabelsRemain},
    ),
    Control(
        "perturbation-forgotten",
        "g_hat with eps = 0",
        ("R5",),
        altered={PhaseDiagram: PerturbationForgotten},
    ),
    Control("bias-forgotten", "g_hat without beta", ("R5",), altered={PhaseDiagram: BiasForgotten}),
    Control("time-of-g-ignored", "T_g = 1", ("R5",), altered={PhaseDiagram: TimeOfGIgnored}),
    Control("starts-independent", "r = 0", ("R5u",), altered={PhaseDiagram: StartsIndependent}),
    Control(
        "targets-without-noise",
        "S without sd",
        ("R5u",),
        altered={PhaseDiagram: TargetsWithoutNoise},
    ),
    Control("certain", "sgn f_hat = sgn g_hat decides", ("R5u",), altered={PhaseDiagram: Certain}),
    Control(
        "agreement-constant",
        "0.72 at every z in every cell",
        ("R5u",),
        altered={PhaseDiagram: AgreementConstant},
    ),
    Control("nothing-learnt", "mu = 0", ("R5u",), altered={PhaseDiagram: NothingLearnt}),
    Control("limit-for-own", "Phi for K_0", ("R5k",), altered={PhaseDiagram: LimitForOwn}),
    Control(
        "readout-forgotten", "K_0 without a_i^2", ("R5k",), altered={PhaseDiagram: ReadoutForgotten}
    ),
    Control("own-of-relu", "K_0 with gamma = 0", ("R5k",), altered={PhaseDiagram: OwnOfReLU}),
    Control("fifth-too-small", "0.8 K_0", ("R5k",), altered={PhaseDiagram: FifthTooSmall}),
)
