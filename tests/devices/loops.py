"""Every loop of the library at a small size, for tests that watch what it asks of a device.

Nothing here reads a value: the same calls run on tensors that have none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verifier.kernel.phi import f0_covariance, kernel_sum, phi, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient, phi_gradient_sum
from verifier.kernel.random_features import kernel_sum_by_features
from verifier.model.attack import perturb
from verifier.model.deep import DeepRecipe, train_deep
from verifier.model.flow import gradient_flow
from verifier.model.losses import Exponential, Identity, Logistic, Loss, Mixture
from verifier.model.network import Parameters, input_gradient, output
from verifier.model.plain_descent import plain_descent
from verifier.model.plateau import train_on_plateau
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.stacked_descent import PLAIN, Way, descend
from verifier.statements.certificates.formulas import Certificates
from verifier.trial.replay import replay

WIDTH, DIMENSION, SAMPLES, NETWORKS = 7, 5, 6, 3
MIXTURE = Mixture(0.1, 0.5, 0.7, 1.5, 0.2)
SLOPE = 0.1


@dataclass(frozen=True)
class Place:
    """Where a loop's tensors lie, and how many steps it makes."""

    device: str
    dtype: torch.dtype
    steps: int

    def normal(self, *shape: int) -> Tensor:
        """Draws on the CPU, the same for every device."""
        seed = torch.Generator(device="cpu").manual_seed(sum(shape))
        drawn = torch.randn(*shape, generator=seed, dtype=torch.float64, device="cpu")
        return drawn.to(device=self.device, dtype=self.dtype)

    def network(self, *networks: int) -> Parameters:
        """A drawn network, or several."""
        m, d = WIDTH, DIMENSION
        return Parameters(
            self.normal(*networks, m, d), self.normal(*networks, m), self.normal(*networks, m)
        )

    def data(self, *networks: int) -> tuple[Tensor, Tensor]:
        """`X (..., N, d)` and labels."""
        y = torch.ones(*networks, SAMPLES, dtype=self.dtype, device=self.device)
        y[..., 1::2] = -1.0
        return self.normal(*networks, SAMPLES, DIMENSION), y

    def recipe(self, loss: Loss, momentum: float = 0.0) -> Recipe:
        """With as many steps as asked for."""
        return Recipe((0.01,) * self.steps, loss, SLOPE, momentum)


Loop = Callable[[Place], Any]


def trained(loss: Loss, momentum: float = 0.0, *networks: int, path: bool = False) -> Loop:
    def run(place: Place) -> Any:
        start, (X, y) = place.network(*networks), place.data(*networks)
        return train(start, X, y, place.recipe(loss, momentum), path_weights=path)

    return run


def observed(place: Place) -> Any:
    start, (X, y) = place.network(), place.data()
    return train(start, X, y, place.recipe(Logistic()), observe=lambda *_: None)


def deep(place: Place) -> Any:
    X, y = place.data()
    layers = tuple(
        (place.normal(out, into), place.normal(out)) for out, into in ((4, DIMENSION), (1, 4))
    )
    batches = torch.zeros(place.steps, 2, dtype=torch.int64, device=place.device)
    recipe = DeepRecipe((0.01,) * place.steps, batches, momentum=0.5, clip_norm=1.0)
    return train_deep(layers, X, y, recipe)


def attack(place: Place) -> Any:
    X, y = place.data()
    return perturb(place.network(), X, y, 0.3, SLOPE)


def stacked(loss: Loss, way: Way = PLAIN) -> Loop:
    def run(place: Place) -> Any:
        X, y = place.data(NETWORKS)
        rates, epochs = (0.1, 0.01), (1, place.steps)
        given = place.network(), X, y[0], rates, PUBLISHED, epochs, loss, SLOPE
        return list(descend(*given, 0.1, way))

    return run


def certificates(place: Place) -> Any:
    X, y = place.data()
    bounds = Certificates(place.network(), X, y, y.abs(), place.recipe(Identity()))
    z = place.normal(4, DIMENSION)
    return [
        bounds.lazy_coefficients(z).low,
        bounds.output_bound(z).low,
        bounds.path_movement_bound(z).low,
    ]


def replayed(place: Place) -> Any:
    start, (X, y) = place.network(), place.data()
    recipe = place.recipe(Logistic(), 0.5)
    path = train(start, X, y, recipe, path_weights=True)
    other = path.params._replace(W=path.params.W * (1 + 4 * torch.finfo(place.dtype).eps))
    return replay(path, start, X, y, recipe, other)


def summed(function: Callable[..., Any], *constants: Any, **options: Any) -> Loop:
    """A kernel sum over samples that are among the points: near pairs in every tile."""

    def run(place: Place) -> Any:
        X, y = place.data()
        return function(torch.cat((place.normal(4, DIMENSION), X)), X, y, *constants, **options)

    return run


def pairs(function: Callable[[Tensor, Tensor, float], Tensor]) -> Loop:
    def run(place: Place) -> Any:
        X, _ = place.data()
        return function(torch.cat((place.normal(4, DIMENSION), -X)), X, SLOPE)

    return run


def by_features(place: Place) -> Any:
    X, y = place.data()
    draws = torch.Generator(device="cpu").manual_seed(1)
    z = place.normal(4, DIMENSION)
    return kernel_sum_by_features(z, X, y, SLOPE, 1.0, features=8, generator=draws)


def at_points(function: Callable[[Parameters, Tensor, float], Tensor]) -> Loop:
    return lambda place: function(place.network(), place.normal(4, DIMENSION), SLOPE)


def flow(place: Place) -> Any:
    start, (X, y) = place.network(), place.data()
    return gradient_flow(start, X, y, 0.5, slope=SLOPE, most_steps=24)


def plain(place: Place) -> Any:
    start, (X, y) = place.network(), place.data()
    return plain_descent(start, X, y, place.recipe(MIXTURE, 0.5))


def on_plateau(place: Place) -> Any:
    start, (X, y) = place.network(), place.data()
    first = Recipe((0.1,) * place.steps, Logistic(), SLOPE, 0.9)
    return train_on_plateau(start, X, y, first)[0]


LOOPS: dict[str, Loop] = {
    "train, identity": trained(Identity()),
    "train, identity, momentum": trained(Identity(), 0.9),
    "train, identity, path weights": trained(Identity(), 0.9, path=True),
    "train, logistic": trained(Logistic()),
    "train, logistic, momentum": trained(Logistic(), 0.9),
    "train, logistic, path weights": trained(Logistic(), 0.9, path=True),
    "train, exponential": trained(Exponential()),
    "train, mixture": trained(MIXTURE),
    "train, a batch of networks, identity": trained(Identity(), 0.9, NETWORKS),
    "train, a batch of networks, logistic": trained(Logistic(), 0.9, NETWORKS),
    "train, observed": observed,
    "train_deep": deep,
    "plain_descent": plain,
    "train_on_plateau": on_plateau,
    "stacked descent, identity": stacked(Identity()),
    "stacked descent, logistic": stacked(Logistic()),
    "stacked descent, in patterns": stacked(Identity(), Way(captures=False, pieces=True)),
    "perturb": attack,
    "output": at_points(output),
    "input_gradient": at_points(input_gradient),
    "phi": pairs(phi),
    "phi_gradient": pairs(phi_gradient),
    "f0_covariance": pairs(f0_covariance),
    "kernel_sum": summed(kernel_sum, SLOPE, 1.0),
    "weighted_direction": summed(weighted_direction, SLOPE),
    "phi_gradient_sum": summed(phi_gradient_sum, SLOPE, 1.0),
    "kernel_sum_by_features": by_features,
    "gradient_flow": flow,
    "certificates": certificates,
    "replay": replayed,
}

MOST_READS = {
    # two of the path that is given, two of its own
    "replay": 4,
    # three of what it is given, and the rates that were used
    "train_on_plateau": 4,
    "plain_descent": 0,
    "stacked descent, identity": 0,
    "stacked descent, logistic": 0,
    "stacked descent, in patterns": 0,
    "output": 0,
    "input_gradient": 0,
    "perturb": 1,
    "kernel_sum_by_features": 1,
    "certificates": 0,
}
"""Of one call, where it is not two: what a loop calls reads for itself."""
