"""Training and attacks of several classes that are wrong, and formulas that are (E10, E10m)."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.classes import ClassRecipe, class_outputs
from verifier.model.network import Parameters, activation_pattern, preactivation
from verifier.model.vectors import unit_rows
from verifier.statements.beyond.classes import ClassPath
from verifier.statements.control import Control


class ByClasses(Reference):
    """A correct loop on several outputs, whose parts a control overrides."""

    def pull(self, f: Tensor, labels: Tensor, recipe: ClassRecipe) -> Tensor:
        # delta_nc
        return recipe.pull(f, labels)

    def kept(self, velocity: Tensor, mu: float) -> Tensor:
        # Of the velocity
        return mu * velocity

    def train_classes(
        self, params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe
    ) -> Parameters:
        # Heavy ball on the weights and biases side by side
        V = torch.cat((params.W, params.b[:, None]), dim=1)
        x = torch.cat((X, torch.ones_like(X[:, :1])), dim=1)
        moves, velocity = torch.ones_like(V), torch.zeros_like(V)
        moves[:, -1] = float(recipe.train_bias)
        for eta in recipe.steps:
            f = class_outputs(Parameters(V[:, :-1], V[:, -1], params.a), X, recipe.slope)
            lift = self.pull(f, labels, recipe) @ params.a / (len(X) * params.width**0.5)
            down = (activation_pattern(x @ V.T, recipe.slope) * lift).T @ x
            velocity = self.kept(velocity, recipe.momentum) + down
            V = V + eta * moves * velocity
        return Parameters(V[:, :-1].clone(), V[:, -1].clone(), params.a)


class SumOfSquares(ByClasses):
    def pull(self, f: Tensor, labels: Tensor, recipe: ClassRecipe) -> Tensor:
        # The squares without their half, and the entropy to the base 2
        return 2 * super().pull(f, labels, recipe)


class OneClassAtATime(ByClasses):
    def pull(self, f: Tensor, labels: Tensor, recipe: ClassRecipe) -> Tensor:
        # Only the sample's own output is pulled
        own = labels[:, None] == torch.arange(f.shape[1], device=f.device)
        return super().pull(f, labels, recipe) * own


class NextClass(ByClasses):
    def pull(self, f: Tensor, labels: Tensor, recipe: ClassRecipe) -> Tensor:
        # Classes counted from 1
        return super().pull(f, (labels + 1) % f.shape[1], recipe)


class AtRest(ByClasses):
    def kept(self, velocity: Tensor, mu: float) -> Tensor:
        # No momentum
        return torch.zeros_like(velocity)


class TowardsTarget(Reference):
    def perturb_classes(
        self,
        params: Parameters,
        X: Tensor,
        labels: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
    ) -> Tensor:
        # Along nabla f_t alone, as an attack that raises the target's output
        pattern = activation_pattern(preactivation(params, X), slope)
        return eps * unit_rows((pattern * params.a[targets]) @ params.W)


class ThroughEntropy(Reference):
    def perturb_classes(
        self,
        params: Parameters,
        X: Tensor,
        labels: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
    ) -> Tensor:
        # Through the cross-entropy towards the target: every class pulls, by its probability
        pull = ClassRecipe((1.0,)).pull(class_outputs(params, X, slope), targets)
        pattern = activation_pattern(preactivation(params, X), slope)
        return eps * unit_rows((pattern * (pull @ params.a)) @ params.W)


class LongerBack(Reference):
    def perturb_classes(
        self,
        params: Parameters,
        X: Tensor,
        labels: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
    ) -> Tensor:
        # A thousandth longer towards classes with a smaller number
        r = super().perturb_classes(params, X, labels, targets, eps, slope)
        return r * (1 + 1e-3 * (targets < labels).to(r.dtype))[:, None]


class OwnReadoutOnly(ClassPath):
    def coefficients(self, final: Parameters, z: Tensor) -> Tensor:
        # The sum over c' without its terms off the diagonal
        C = super().coefficients(final, z)
        return C * torch.eye(self.classes, dtype=C.dtype, device=C.device)[:, :, None]


class Transposed(ClassPath):
    def moves(self) -> Tensor:
        # A_in of the next class with each readout
        return torch.einsum("ci,cin->in", self.initial.a, self.A.roll(1, 0))


class SignOfBinary(ClassPath):
    def diagonal_signs(self) -> Tensor:
        # Plus for every sample, as for two classes with y_n taken out
        return torch.ones_like(super().diagonal_signs())


class WithoutStart(ClassPath):
    def initial_part(self, final: Parameters, z: Tensor) -> Tensor:
        # xi_c by the pattern of the start
        return super().initial_part(self.initial, z)


class SumOfClasses(ClassPath):
    def margin_direction(self, final: Parameters, targets: Tensor) -> Tensor:
        # f_t + f_y
        gradient, rows = self.input_gradient(final, self.X), torch.arange(len(self.X))
        return unit_rows(gradient[rows, targets] + gradient[rows, self.labels])


E10 = ("E10",)
E10M = ("E10m",)
CONTROLS = (
    Control("class-twice", "twice the gradient of the loss", E10, SumOfSquares),
    Control("class-own-alone", "only a sample's own output is pulled", E10, OneClassAtATime),
    Control("class-shifted", "classes counted from 1", E10, NextClass),
    Control("class-at-rest", "no momentum", E10, AtRest),
    Control("class-diagonal", "no terms with c' != c", E10, altered={ClassPath: OwnReadoutOnly}),
    Control("class-transposed", "a_c with A of c + 1", E10, altered={ClassPath: Transposed}),
    Control("class-all-plus", "C_ncc >= 0 for all c", E10, altered={ClassPath: SignOfBinary}),
    Control("class-pattern-0", "xi_c at time 0", E10, altered={ClassPath: WithoutStart}),
    Control("margin-target-alone", "along nabla f_t", E10M, TowardsTarget),
    Control("margin-entropy", "through the cross-entropy", E10M, ThroughEntropy),
    Control("margin-longer-back", ".1% longer one way", E10M, LongerBack),
    Control("margin-sum", "f_t + f_y", E10M, altered={ClassPath: SumOfClasses}),
)
