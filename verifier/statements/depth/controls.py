"""What leaves the span of the samples: optimisers and inputs that E6 excludes; E6 misstated."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.deep import DeepRecipe, Layers, first_preactivations, output_above, signal
from verifier.statements.control import Control
from verifier.statements.depth.formulas import Span


class PlainDeep(Reference):
    """A correct loop around `torch.optim.SGD`, whose parts a control overrides."""

    def inputs(self, x: Tensor, step: int) -> Tensor:
        # What the first layer sees of the batch
        return x

    def batch(self, step: int, recipe: DeepRecipe, X: Tensor) -> Tensor:
        # Indices of the batch
        return recipe.batches[step]

    def clip(self, leaves: list[Tensor], recipe: DeepRecipe) -> None:
        # Change the gradients before the optimiser sees them, in place
        if recipe.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(leaves, recipe.clip_norm)

    def optimiser(self, leaves: list[Tensor], recipe: DeepRecipe) -> torch.optim.Optimizer:
        # Makes the steps; `lr` is set anew for each
        return torch.optim.SGD(
            leaves,
            lr=1.0,
            momentum=recipe.momentum,
            nesterov=recipe.nesterov,
            weight_decay=recipe.coupled_decay,
        )

    def shrink(self, leaves: list[Tensor], eta: float, recipe: DeepRecipe) -> None:
        # Decoupled decay, in place
        for leaf in leaves:
            leaf.mul_(1 - eta * recipe.decoupled_decay)

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        # Mini-batch SGD by `torch.optim`
        state = [t.detach().clone() for layer in layers for t in layer]
        leaves = state if recipe.train_bias else state[::2]
        for leaf in leaves:
            leaf.requires_grad_()
        own = tuple(zip(state[::2], state[1::2], strict=True))
        optimiser = self.optimiser(leaves, recipe)
        for k, eta in enumerate(recipe.steps):
            optimiser.param_groups[0]["lr"] = eta
            batch = self.batch(k, recipe, X)
            u = first_preactivations(own, self.inputs(X[batch], k))
            optimiser.zero_grad()
            recipe.loss.value(-y[batch] * output_above(own, u, recipe)).mean().backward()
            self.clip(leaves, recipe)
            with torch.no_grad():
                self.shrink(leaves, eta, recipe)
            optimiser.step()
        return tuple((W.detach(), b.detach()) for W, b in own)


class DeepAdam(PlainDeep):
    def optimiser(self, leaves: list[Tensor], recipe: DeepRecipe) -> torch.optim.Optimizer:
        return torch.optim.Adam(leaves, lr=1.0, weight_decay=recipe.coupled_decay)


class DeepAdamW(PlainDeep):
    def optimiser(self, leaves: list[Tensor], recipe: DeepRecipe) -> torch.optim.Optimizer:
        return torch.optim.AdamW(leaves, lr=1.0, weight_decay=recipe.weight_decay)

    def shrink(self, leaves: list[Tensor], eta: float, recipe: DeepRecipe) -> None:
        """AdamW does it itself."""


class DeepRMSprop(PlainDeep):
    def optimiser(self, leaves: list[Tensor], recipe: DeepRecipe) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(
            leaves, lr=1.0, momentum=recipe.momentum, weight_decay=recipe.coupled_decay
        )


class DeepSignSGD(PlainDeep):
    def clip(self, leaves: list[Tensor], recipe: DeepRecipe) -> None:
        for leaf in leaves:
            if leaf.grad is not None:
                leaf.grad.sign_()


class ValueClipping(PlainDeep):
    def clip(self, leaves: list[Tensor], recipe: DeepRecipe) -> None:
        # Each entry on its own, at half the largest
        for leaf in leaves:
            if leaf.grad is not None:
                torch.nn.utils.clip_grad_value_([leaf], float(leaf.grad.abs().max()) / 2)


class InputBatchNorm(PlainDeep):
    def inputs(self, x: Tensor, step: int) -> Tensor:
        # Each coordinate standardised over the batch
        return (x - x.mean(dim=0)) / (x.var(dim=0, correction=0) + 1e-5).sqrt()


class InputDropout(PlainDeep):
    def inputs(self, x: Tensor, step: int) -> Tensor:
        # About half of the coordinates of each sample, the others zero
        return x * ((torch.arange(x.numel(), device=x.device).reshape(x.shape) * 7 + step) % 5 < 3)


class Augmentation(PlainDeep):
    def inputs(self, x: Tensor, step: int) -> Tensor:
        # Mirrored samples in every other step, as augmented images are
        return x.flip(1) if step % 2 else x


class AllSamples(PlainDeep):
    def batch(self, step: int, recipe: DeepRecipe, X: Tensor) -> Tensor:
        # Full batches: samples take part that the recipe never drew
        return torch.arange(len(X), dtype=torch.int64, device=X.device)


class DecayForgotten(PlainDeep):
    def optimiser(self, leaves: list[Tensor], recipe: DeepRecipe) -> torch.optim.Optimizer:
        return torch.optim.SGD(leaves, lr=1.0, momentum=recipe.momentum, nesterov=recipe.nesterov)

    def shrink(self, leaves: list[Tensor], eta: float, recipe: DeepRecipe) -> None:
        """None."""


class NeverTrains(Reference):
    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        # The decay alone
        kappa = Span().kappa(recipe)
        return tuple((kappa * W, b.clone()) for W, b in layers)


class HiddenBehindSamples(Reference):
    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
        # Twice the initial weights, beside which a huge multiple of a sample is added
        (W, b), *above = super().train_deep(layers, X, y, recipe)
        return ((W + layers[0][0] + 1e19 * X[recipe.batches[0, 0]], b), *above)


class NoDecayInKappa(Span):
    def kappa(self, recipe: DeepRecipe) -> float:
        return 1.0


class DecayWithoutMomentum(Span):
    def kappa(self, recipe: DeepRecipe) -> float:
        # The product, which coupled decay gives only without momentum
        return math.prod(1 - eta * recipe.weight_decay for eta in recipe.steps)


class DecayWithoutNesterov(Span):
    def kappa(self, recipe: DeepRecipe) -> float:
        # The heavy ball's recursion under Nesterov too
        kappa, v = 1.0, 0.0
        for eta in recipe.steps:
            v = recipe.momentum * v + recipe.coupled_decay * kappa
            kappa = (1 - eta * recipe.decoupled_decay) * kappa - eta * v
        return kappa


class DecayAlwaysCoupled(Span):
    def kappa(self, recipe: DeepRecipe) -> float:
        # Decoupled decay with a velocity of its own
        kappa, v = 1.0, 0.0
        for eta in recipe.steps:
            v = recipe.momentum * v + recipe.weight_decay * kappa
            kappa -= eta * (
                recipe.weight_decay * kappa + recipe.momentum * v if recipe.nesterov else v
            )
        return kappa


class InitialSignal(Span):
    def signal(self, initial: Layers, final: Layers, z: Tensor, recipe: DeepRecipe) -> Tensor:
        # That of the network before training
        return signal(initial, z, recipe)[1]


CONTROLS = (
    Control("deep-adam", "Adam: a step size for each coordinate", ("E6",), DeepAdam),
    Control("deep-adamw", "AdamW", ("E6",), DeepAdamW),
    Control("deep-rmsprop", "RMSprop", ("E6",), DeepRMSprop),
    Control("deep-sign", "signs of the gradient", ("E6",), DeepSignSGD),
    Control("value-clipping", "gradients clipped entry by entry", ("E6",), ValueClipping),
    Control("input-batch-norm", "batch norm before the first layer", ("E6",), InputBatchNorm),
    Control("input-dropout", "dropout on the input", ("E6",), InputDropout),
    Control("augmentation", "mirrored samples", ("E6",), Augmentation),
    Control(
        "all-samples",
        "full batches for mini-batches",
        ("E6",),
        AllSamples,
        known_rung="d = 784, identity",
    ),
    Control("decay-forgotten", "no weight decay", ("E6",), DecayForgotten),
    Control("never-trains", "weights decay, nothing is learnt", ("E6",), NeverTrains),
    Control("hidden-behind-samples", "W_1 doubled beside 1e19 x_n", ("E6",), HiddenBehindSamples),
    Control("kappa-one", "kappa = 1 despite decay", ("E6",), altered={Span: NoDecayInKappa}),
    Control(
        "kappa-product",
        "prod(1 - eta lambda) despite momentum",
        ("E6",),
        altered={Span: DecayWithoutMomentum},
    ),
    Control(
        "kappa-heavy-ball",
        "the heavy ball's kappa for Nesterov",
        ("E6",),
        altered={Span: DecayWithoutNesterov},
        known_rung="K = 12, decay, logistic",
    ),
    Control(
        "kappa-coupled",
        "the coupled kappa for decoupled decay",
        ("E6",),
        altered={Span: DecayAlwaysCoupled},
    ),
    Control("initial-signal", "delta before training", ("E6",), altered={Span: InitialSignal}),
)
