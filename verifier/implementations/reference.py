"""The library's own code, called as an implementation under test."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.kernel import phi
from verifier.model import attack as attacks
from verifier.model import batches as batches_of
from verifier.model import classes, deep, network, readout, training
from verifier.model.attack import Attack
from verifier.model.classes import ClassRecipe
from verifier.model.deep import DeepRecipe, Layers
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


class Reference:
    """The library's own functions; see `implementations.contract` for what each computes."""

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """See `verifier.model.training.train`."""
        return training.train(params, X, y, recipe).params

    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> Parameters:
        """See `verifier.model.batches.train_batches`."""
        return batches_of.train_batches(params, X, y, recipe, batches)

    def train_readout(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """See `verifier.model.readout.train_readout`."""
        return readout.train_readout(params, X, y, recipe)

    def train_classes(
        self, params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe
    ) -> Parameters:
        """See `verifier.model.classes.train_classes`."""
        return classes.train_classes(params, X, labels, recipe)

    def perturb_classes(
        self,
        params: Parameters,
        X: Tensor,
        labels: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
    ) -> Tensor:
        """See `verifier.model.classes.perturb_classes`."""
        return classes.perturb_classes(params, X, labels, targets, eps, slope)

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """See `verifier.model.network.output`."""
        return network.output(params, z, slope)

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        """See `verifier.model.network.input_gradient`."""
        return network.input_gradient(params, z, slope)

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        """See `verifier.model.attack.perturb`."""
        return attacks.perturb(params, X, targets, eps, slope)

    def perturb_by(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        attack: Attack,
    ) -> Tensor:
        """See `verifier.model.attack.perturb_by`."""
        return attacks.perturb_by(params, X, targets, eps, slope, attack)

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
        """See `verifier.model.attack.perturb_in_steps`."""
        return attacks.perturb_in_steps(params, X, targets, eps, slope, attack, steps)

    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """See `verifier.model.network.initialise`; float64 on the CPU."""
        generator = torch.Generator(device="cpu").manual_seed(seed)
        return network.initialise(
            width, dimension, generator=generator, dtype=torch.float64, device="cpu"
        )

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        """See `verifier.kernel.phi.phi`."""
        return phi.phi(z, X, slope)

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        """See `verifier.model.deep.train_deep`."""
        return deep.train_deep(layers, X, y, recipe)
