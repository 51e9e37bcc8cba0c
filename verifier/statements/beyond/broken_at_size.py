"""Codes with an error that only large sizes show: controls for the ladders of this chapter."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.attack import Attack
from verifier.model.classes import ClassRecipe
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements.control import Control


class BatchesForEight(Reference):
    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> Parameters:
        # No more than eight steps are made
        return super().train_batches(params, X, y, recipe.prefix(8), batches[:8])


class BatchesOfFirstFifty(Reference):
    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> Parameters:
        # Beyond the first fifty samples the first ones again
        return super().train_batches(params, X, y, recipe, batches % 50)


class BatchesOfFifty(Reference):
    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> Parameters:
        # Only the first 53 samples of a batch, more than any that is drawn
        return super().train_batches(params, X, y, recipe, batches[:, :53])


class PointsTo128(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Beyond the first 128 points the first ones again
        found = super().output(params, z, slope)
        return found[torch.arange(len(z), device=z.device) % 128]


class ReadoutForEight(Reference):
    def train_readout(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # No more than eight steps are made
        return super().train_readout(params, X, y, recipe.prefix(8))


class ReadoutOfFifty(Reference):
    def train_readout(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # As if nobody had more than fifty samples
        return super().train_readout(params, X[:50], y[:50], recipe)


class ClassesForEight(Reference):
    def train_classes(
        self, params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe
    ) -> Parameters:
        # No more than eight steps are made
        return super().train_classes(params, X, labels, replace(recipe, steps=recipe.steps[:8]))


class ClassesOfFifty(Reference):
    def train_classes(
        self, params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe
    ) -> Parameters:
        # As if nobody had more than fifty samples
        return super().train_classes(params, X[:50], labels[:50], recipe)


class FiveClasses(Reference):
    def train_classes(
        self, params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe
    ) -> Parameters:
        # The sixth class is taken for the first
        return super().train_classes(params, X, labels % 5, recipe)


class FiveTargets(Reference):
    def perturb_classes(
        self,
        params: Parameters,
        X: Tensor,
        labels: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
    ) -> Tensor:
        # As if nobody had more than five classes
        return super().perturb_classes(params, X, labels % 5, targets % 5, eps, slope)


class FewPixels(Reference):
    def perturb_by(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
    ) -> Tensor:
        # No more than five pixels where they are counted
        few = attack if attack.pixels is None else replace(attack, pixels=min(attack.pixels, 5))
        return super().perturb_by(params, X, targets, eps, slope, few)


class AttackOnFifty(Reference):
    def perturb_by(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
    ) -> Tensor:
        # Beyond the first fifty samples none is attacked
        r = super().perturb_by(params, X, targets, eps, slope, attack)
        return torch.cat((r[:50], torch.zeros_like(r[50:])))


CONTROLS = (
    Control(
        "batches-for-eight",
        "no more than eight steps",
        ("E7",),
        BatchesForEight,
        known_rung="K = 17, identity",
    ),
    Control(
        "batches-first-fifty",
        "samples repeat after fifty",
        ("E7",),
        BatchesOfFirstFifty,
        known_rung="N = 65, identity",
    ),
    Control(
        "points-to-128",
        "outputs repeat after 128",
        ("E7", "E8"),
        PointsTo128,
        known_rung="P = 1025, identity",
    ),
    Control(
        "batches-of-fifty",
        "no batch of more than 53",
        ("E7",),
        BatchesOfFifty,
        known_rung="N = B = 257, identity",
    ),
    Control(
        "attack-few-pixels",
        "no more than five pixels",
        ("E8",),
        FewPixels,
        known_rung="Linf, 20 pixels, identity",
    ),
    Control(
        "attack-on-fifty",
        "no more than fifty attacks",
        ("E8",),
        AttackOnFifty,
        known_rung="N = 65, identity",
    ),
    Control(
        "readout-for-eight",
        "no more than eight steps",
        ("E9",),
        ReadoutForEight,
        known_rung="K = 17, identity",
    ),
    Control(
        "readout-fifty",
        "no more than fifty samples",
        ("E9",),
        ReadoutOfFifty,
        known_rung="N = 65, identity",
    ),
    Control(
        "class-for-eight",
        "no more than eight steps",
        ("E10",),
        ClassesForEight,
        known_rung="K = 17, cross-entropy",
    ),
    Control(
        "class-fifty",
        "no more than fifty samples",
        ("E10",),
        ClassesOfFifty,
        known_rung="N = 65, cross-entropy",
    ),
    Control(
        "class-five",
        "class 5 is class 0",
        ("E10",),
        FiveClasses,
        known_rung="C = 10, cross-entropy",
    ),
    Control(
        "margin-five",
        "class 5 is class 0 in attacks",
        ("E10m",),
        FiveTargets,
        known_rung="C = 10, cross-entropy",
    ),
)
