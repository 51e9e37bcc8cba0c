"""Attacks that are wrong, each for E8, E8p or E8c."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.attack import Attack
from verifier.model.network import Parameters, input_gradient
from verifier.model.vectors import row_norms, unit_rows
from verifier.statements.beyond.formulas import AttackedDecomposition, Steps, dual_norm, steepest
from verifier.statements.control import Control


class OneStep(Reference):
    """A correct attack of one step, whose psi a control overrides."""

    def psi(self, g: Tensor, attack: Attack) -> Tensor:
        # Of gradients times targets
        return attack.direction(g)

    def perturb_by(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
    ) -> Tensor:
        # eps psi(ytil nabla f)
        return eps * self.psi(targets[:, None] * input_gradient(params, X, slope), attack)


class Unsigned(OneStep):
    def psi(self, g: Tensor, attack: Attack) -> Tensor:
        # Entries move up only
        return super().psi(g, attack).clamp(min=0)


class Smallest(OneStep):
    def psi(self, g: Tensor, attack: Attack) -> Tensor:
        # Few pixels, but those that matter least
        least = g.abs().argsort(dim=1, stable=True)[:, : attack.pixels or g.shape[1]]
        kept = torch.zeros_like(g).scatter(1, least, g.gather(1, least))
        return super().psi(kept, attack)


class EuclideanLength(OneStep):
    def psi(self, g: Tensor, attack: Attack) -> Tensor:
        # Of length 1 in L2 whatever the norm
        return unit_rows(super().psi(g, attack))


class Stabilised(OneStep):
    def psi(self, g: Tensor, attack: Attack) -> Tensor:
        # g/(|g| + 1e-10), as codes guard against a gradient of 0
        size = row_norms(g)[:, None]
        return super().psi(g, attack) * size / (size + 1e-10)


class Clamped(Reference):
    def perturb_by(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
    ) -> Tensor:
        # x + r stays within the range of the data
        r = super().perturb_by(params, X, targets, eps, slope, attack)
        return (X + r).clamp(float(X.min()), float(X.max())) - X


class InSteps(Reference):
    """Correct steps, parts of which a control overrides."""

    def start(self, X: Tensor, eps: float) -> Tensor:
        # r before the first step
        return torch.zeros_like(X)

    def sign(self, targets: Tensor, k: int) -> Tensor:
        # Which way step k goes
        return targets

    def projected(self, r: Tensor, eps: float, attack: Attack) -> Tensor:
        # Scaled down to length eps
        length = attack.length(r)[:, None]
        return r * torch.where(length > eps, eps / length, torch.ones_like(length))

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
        # r <- P(r + step ytil psi(nabla f(x + r)))
        r = self.start(X, eps)
        for k, step in enumerate(steps):
            psi = attack.direction(input_gradient(params, X + r, slope))
            r = self.projected(r + step * self.sign(targets, k)[:, None] * psi, eps, attack)
        return r


class StartsElsewhere(InSteps):
    def start(self, X: Tensor, eps: float) -> Tensor:
        # A corner of the cube
        side = torch.ones_like(X)
        side[:, ::2] = -1
        return eps / 2 * side


class SecondStepBack(InSteps):
    def sign(self, targets: Tensor, k: int) -> Tensor:
        return -targets if k == 1 else targets


class Unprojected(InSteps):
    def projected(self, r: Tensor, eps: float, attack: Attack) -> Tensor:
        return r


class AlwaysWhole(InSteps):
    def projected(self, r: Tensor, eps: float, attack: Attack) -> Tensor:
        # To the sphere, from within the ball too
        length = attack.length(r)[:, None]
        return eps * r / torch.where(length > 0, length, torch.ones_like(length))


class Euclidean(AttackedDecomposition):
    def perturbation_directions(self) -> Tensor:
        # E5's nu
        return unit_rows(self.f.input_gradient(self.f.run.X))


class NormForDual(AttackedDecomposition):
    def perturbation_directions(self) -> Tensor:
        # The gradient of the norm, not of its dual
        other = Attack(self.attack.dual, self.attack.pixels)
        return steepest(self.f.input_gradient(self.f.run.X), other)


class SamplesAlone(AttackedDecomposition):
    def perturbation_directions(self) -> Tensor:
        # psi without xi_T
        f = self.f
        return steepest((f.coefficients(f.run.X) * f.run.y) @ f.run.X, self.attack)


class TargetStays(AttackedDecomposition):
    def perturbation_directions(self) -> Tensor:
        # An even psi, as if the target did not cancel
        return self.targets[:, None] * super().perturbation_directions()


class HalfThreshold(Steps):
    def threshold(self) -> Tensor:
        # eps/2 |w_i|_*
        return super().threshold() / 2


class ReachOfTheNorm(Steps):
    def reach(self) -> Tensor:
        # |w_i|_p for |w_i|_*
        return dual_norm(self.f.W, Attack(self.attack.dual, self.attack.pixels))


class StepsAddUp(Steps):
    def length(self, steps: tuple[float, ...]) -> float:
        # Beyond eps too
        return sum(steps)


class HalfTheChange(Steps):
    def lift(self) -> Tensor:
        # R/2
        return super().lift() / 2


class WidthForRoot(Steps):
    def lift(self) -> Tensor:
        # 1/m for 1/sqrt m
        return super().lift() / self.f.width**0.5


class SlopeSquared(Steps):
    def lift(self) -> Tensor:
        # (1 - gamma)^2
        return super().lift() * (1 - self.slope)


class TriangleAlone(Steps):
    def change(self, z: Tensor) -> Tensor:
        # The first of both bounds, though the second may be less
        lengths = torch.linalg.vector_norm(self.f.W, dim=1)
        return self.may_change(z).to(z.dtype) @ (self.lift() * lengths)


def _code(name: str, what: str, by: tuple[str, ...], code: type[Reference]) -> Control:
    return Control(name, what, by, code)


def _formula(name: str, what: str, by: tuple[str, ...], altered: type[Steps]) -> Control:
    return Control(name, what, by, altered={Steps: altered})


def _learnt(name: str, what: str, altered: type[AttackedDecomposition]) -> Control:
    return Control(name, what, ("E8",), altered={AttackedDecomposition: altered})


CONTROLS = (
    _learnt("nu-for-psi", "the unit vector for every attack", Euclidean),
    _learnt("norm-for-dual", "the norm's gradient, not its dual's", NormForDual),
    _learnt("psi-of-samples", "psi without xi_T", SamplesAlone),
    _learnt("target-stays", "the target does not cancel in psi", TargetStays),
    _code("attack-unsigned", "entries move up only", ("E8",), Unsigned),
    _code("attack-smallest", "the smallest entries move", ("E8",), Smallest),
    _code("attack-in-l2", "length eps in L2 in every norm", ("E8",), EuclideanLength),
    _code("attack-stabilised", "a constant in the denominator", ("E8",), Stabilised),
    _code("attack-clamped", "clamped to the data's range", ("E8",), Clamped),
    _code("steps-start-elsewhere", "r does not start at 0", ("E8p", "E8c"), StartsElsewhere),
    _code("steps-second-back", "the second step goes back", ("E8p", "E8c"), SecondStepBack),
    _code("steps-unprojected", "r may be longer than eps", ("E8p",), Unprojected),
    _code("steps-always-whole", "every step ends at length eps", ("E8p",), AlwaysWhole),
    _formula("steps-half-threshold", "|u_i| > eps/2 |w_i|_*", ("E8p", "E8c"), HalfThreshold),
    _formula("steps-norm-for-dual", "|w_i|_p for |w_i|_*", ("E8p",), ReachOfTheNorm),
    _formula("steps-add-up", "their sum beyond eps", ("E8p",), StepsAddUp),
    _formula("cone-half", "R/2", ("E8c",), HalfTheChange),
    _formula("cone-without-root", "R with 1/m", ("E8c",), WidthForRoot),
    _formula("cone-slope-squared", "R with (1 - gamma)^2", ("E8c",), SlopeSquared),
    _formula("cone-triangle-alone", "the sum of |a_i||w_i| for R", ("E8c",), TriangleAlone),
)
