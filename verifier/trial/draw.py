"""The draw that a configuration, a run-level seed and a replicate number stand for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.network import Parameters, initialise
from verifier.trial.configuration import Configuration
from verifier.trial.kink_free import longest, with_clear_biases
from verifier.trial.settings import Settings


@dataclass(frozen=True)
class Draw:
    """One realisation: two fresh networks, data, targets independent of both, fresh points.

    `f_0`, `g_0`: parameters. `X (N, d)`, `y (N,)`, `targets (N,)`, `z (P, d)`.
    """

    f_0: Parameters
    g_0: Parameters
    X: Tensor
    y: Tensor
    targets: Tensor
    z: Tensor


def draw(
    configuration: Configuration, settings: Settings | None = None, replicate: int = 0
) -> Draw:
    """The draw that a configuration, a run-level seed and a replicate number stand for.

    Replicates of one configuration are independent draws of everything.
    """
    settings = settings or Settings()
    generator = torch.Generator(device="cpu")
    generator.manual_seed(configuration.seed(settings.run_seed, replicate))
    data = configuration.data
    X, y, z = data.sample(configuration.fresh_points, generator, settings.images)
    bits = torch.randint(0, 2, (len(y),), generator=generator, dtype=torch.int64, device="cpu")

    def network() -> Parameters:
        fresh = initialise(
            configuration.width,
            data.dimension,
            generator=generator,
            dtype=configuration.torch_dtype,
            device=settings.device,
        )
        return fresh if configuration.biases else fresh._replace(b=torch.zeros_like(fresh.b))

    def place(values: Tensor) -> Tensor:
        return values.to(device=settings.device, dtype=configuration.torch_dtype)

    f_0, g_0 = network(), network()
    if configuration.kink_free:
        length = longest(torch.cat((X, z)))
        f_0 = with_clear_biases(f_0, length, configuration.f_recipe)
        g_0 = with_clear_biases(g_0, length + configuration.eps, configuration.g_recipe)
    return Draw(f_0, g_0, place(X), place(y), place(2 * bits - 1), place(z))
