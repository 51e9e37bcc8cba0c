"""What P1-P3 measure on fresh networks: many at once, drawn by the implementation's `initialise`.

Parameters have one leading dimension, the n networks; points are shared. All float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from verifier.kernel.initial import initial_kernel
from verifier.model.device import block_elements
from verifier.model.network import (
    Parameters,
    activation_pattern,
    input_gradient,
    output,
    preactivation,
)
from verifier.trial.study import Study

CALLS = 2000
"""How many networks P2 asks for one by one."""


def networks(study: Study) -> Iterator[Parameters]:
    """The study's `replicates` independent networks, in batches that fit the cache."""
    c, count = study.experiment.only, study.experiment.replicates
    batch = max(1, block_elements(torch.device(study.settings.device)) // c.width)
    for start in range(0, count, batch):
        yield study.networks(
            c.width, c.data.dimension, min(batch, count - start), "networks", start
        )


def separate_networks(study: Study) -> Parameters:
    """`CALLS` networks by a call of `initialise` for each, at the experiment's own width.

    What depends on the width asked for, or ties the neurons of one call together, shows here only.
    """
    return by_calls(study, CALLS)


def by_calls(study: Study, count: int) -> Parameters:
    """So many networks of the experiment's width, each by a call and a seed of its own."""
    c = study.experiment.only
    calls = [study.networks(c.width, c.data.dimension, 1, "calls", k) for k in range(count)]
    return Parameters(*(torch.cat(parts) for parts in zip(*calls, strict=True)))


def repeated_seeds(study: Study, separate: Parameters) -> Tensor:
    """How many W, b or a repeat another seed's, and how many of W, b, a a seed drew anew; (2,).

    Both are 0 where the seed decides the networks `separate`: normal entries are never equal.
    """
    c = study.experiment.only
    again = study.networks(c.width, c.data.dimension, 1, "calls", 0)
    repeated = sum(len(part) - len(part.flatten(1).unique(dim=0)) for part in separate)
    changed = sum(not torch.equal(s[:1], t) for s, t in zip(separate, again, strict=True))
    return torch.tensor([repeated, changed], dtype=torch.float64, device=again.W.device)


def first_moments(params: Parameters, z: Tensor, x: Tensor, slope: float) -> Tensor:
    """`K_0(z, x)`, `|nabla f_0(z)|^2`, `f_0(z)^2`, `f_0(z) f_0(x)` at z, x (1, d); (n, 4)."""
    kernel = initial_kernel(params, z, x, slope)[:, 0, 0]
    gradient = input_gradient(params, z, slope)[:, 0].square().sum(dim=-1)
    at_z, at_x = output(params, torch.cat((z, x)), slope).unbind(dim=-1)
    return torch.stack((kernel, gradient, at_z**2, at_z * at_x), dim=-1)


def flips(params: Parameters, points: Tensor, movement: Tensor, slope: float) -> Tensor:
    """Sums over neurons that training may flip, at points z, x (2, d) of `movement` M (2,); (n, 3).

    `Q_z`, `(1-gamma)(1/m) sum_i |a_i| (|a_i| M_z - sqrt m |u_i(z)|)_+`, and
    `(1/m) sum_i a_i^2 phi'(u_i(z)) flip_i(x)`.
    """
    u, a = preactivation(params, points), params.a.abs().unsqueeze(-2)
    reach = movement[:, None] * a / math.sqrt(params.width) - u.abs()  # flips where >= 0
    mass = a.square() * (reach >= 0)
    excess = a[:, 0] * reach[:, 0].clamp_min(0.0) * math.sqrt(params.width)
    terms = (mass[:, 0], (1 - slope) * excess, mass[:, 1] * activation_pattern(u[:, 0], slope))
    return torch.stack([term.mean(dim=-1) for term in terms], dim=-1)
