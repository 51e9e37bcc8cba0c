"""Codes with an error that only long runs and wide layers show: controls for the deep ladder."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.deep import DeepRecipe, Layers
from verifier.statements.control import Control


class DeepForEight(Reference):
    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        # Weights of all layers but the first stay from the ninth step on
        eight = replace(recipe, steps=recipe.steps[:8], batches=recipe.batches[:8])
        upper = super().train_deep(layers, X, y, eight)[1:]
        return (super().train_deep(layers, X, y, recipe)[0], *upper)


class DeepDecayForEight(Reference):
    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        # No decay in a run of more than eight steps
        decay = recipe.weight_decay * (len(recipe.steps) <= 8)
        return super().train_deep(layers, X, y, replace(recipe, weight_decay=decay))


class WideLayersStay(Reference):
    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        # A layer of more than 64 neurons is left as it was
        trained = super().train_deep(layers, X, y, recipe)
        return tuple(
            old if len(old[1]) > 64 else new for old, new in zip(layers, trained, strict=True)
        )


CONTROLS = (
    Control(
        "deep-for-eight",
        "upper layers stay from step 9 on",
        ("E6s",),
        DeepForEight,
        known_rung="K = 12, identity",
    ),
    Control(
        "deep-decay-for-eight",
        "no decay if K > 8",
        ("E6", "E6s"),
        DeepDecayForEight,
        known_rung="K = 12, decay, logistic",
    ),
    Control(
        "deep-wide-stay",
        "layers of more than 64 stay",
        ("E6", "E6s"),
        WideLayersStay,
        known_rung="widths 3, 129, 3, identity",
    ),
)
