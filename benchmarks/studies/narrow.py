"""Narrow networks at the paper's own setting: agreement as N1 predicts it, and as trained."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from scipy.special import ndtr
from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.kernel.prediction import g_hat
from verifier.model.network import initialise, output, preactivation
from verifier.model.training import train
from verifier.statements.agreement.experiments import paper
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.learning import learn

CODE = Checked(Reference())
WIDTHS = (10, 30, 100, 300, 1000)
TIMES = (10.0, 100.0, 1e3, 1e4)
NEURONS_FOR_ONE, FEWEST = 8, 3000
"""A pool has so many neurons for each of the network's, and never fewer than the latter."""
NETWORKS = 2000
"""So many neurons in all has a run's sample of networks g; at least 2 networks, at most 40."""
SUMS = 200
"""Sums of neurons by which the chance of a sign is estimated."""


@dataclass(frozen=True)
class Cell:
    """One width and time: agreement as trained, by N1, and as if g were lazy, of each run."""

    width: int
    g_time: float
    trained: list[float]
    predicted: list[float]
    lazy: list[float]


def chance_positive(
    neurons: Tensor, width: int, generator: torch.Generator, sums: int = SUMS
) -> Tensor:
    """How often a sum of `width` of the `neurons (M, P)` is positive, (P,)."""
    count = torch.zeros_like(neurons[0])
    for _ in range(sums):
        chosen = torch.randint(0, len(neurons), (width,), generator=generator, device="cpu")
        count += (neurons[chosen].sum(dim=0) > 0).double()
    return count / sums


def pool(c: Configuration, X: Tensor, y: Tensor, z: Tensor, generator: torch.Generator) -> Tensor:
    """`a_i phi(u_i(z; T))` of neurons that moved as in a network of c's width, (M, P)."""
    M = max(FEWEST, NEURONS_FOR_ONE * c.width)
    fresh = initialise(M, c.data.dimension, generator=generator, dtype=torch.float64, device="cpu")
    lifted = fresh._replace(a=fresh.a * math.sqrt(M / c.width))
    trained = train(lifted, X, y, c.g_recipe).params
    u = preactivation(trained, z)
    return (torch.where(u >= 0, u, c.slope * u) * fresh.a).T


def run(c: Configuration, number: int) -> tuple[float, float, float]:
    """Agreement of f and g at fresh points: trained, by N1, and as if g stayed lazy."""
    start = draw(c, replicate=number)
    learnt = learn(CODE, start, c)
    f = output(learnt.f, start.z, c.slope)
    generator = torch.Generator(device="cpu").manual_seed(number)
    several = initialise(
        c.width,
        c.data.dimension,
        generator=generator,
        dtype=torch.float64,
        device="cpu",
        networks=(max(2, min(40, NETWORKS // c.width)),),
    )
    trained = train(several, learnt.r, start.targets, c.g_recipe).params
    share = (output(trained, start.z, c.slope) > 0).double().mean(dim=0)
    chance = chance_positive(
        pool(c, learnt.r, start.targets, start.z, generator), c.width, generator
    )
    mean = c.g_recipe.time * g_hat(
        start.z, torch.zeros_like(start.X), learnt.r, start.targets, c.slope, c.g_recipe.beta
    )
    size = start.z.square().sum(dim=1) / c.data.dimension + 1
    lazy = torch.from_numpy(ndtr((mean / ((1 + c.slope**2) / 2 * size).sqrt()).numpy()))

    def agreement(positive: Tensor) -> float:
        return float(torch.where(f > 0, positive, 1 - positive).mean())

    return agreement(share), agreement(chance), agreement(lazy)


def cell(width: int, g_time: float, runs: int, samples: int = 1000) -> Cell:
    """One cell of the diagram; each network is trained in ten steps with momentum .9."""
    c = paper(width, g_time, 10, momentum=0.9)
    c = replace(c, data=replace(c.data, samples=samples))
    columns = zip(*(run(c, number) for number in range(runs)), strict=True)
    return Cell(width, g_time, *(list(column) for column in columns))
