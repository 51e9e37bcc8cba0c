"""What rounding may add to either side of a certificate."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters, preactivation
from verifier.statements.certificates.formulas import Certificates
from verifier.statements.certificates.interval import Interval
from verifier.trial.rounding import unit
from verifier.trial.trial import Network


def within(out: Comparisons, what: str, value: Tensor, allowed: Interval, bound: Tensor) -> None:
    """Claims that `value` lies in `allowed`, as a distance from the centre against the radius."""
    out.at_most(what, (value - allowed.centre).abs(), allowed.radius, bound)


def movement(
    network: Network, theory: Certificates, half: Parameters | None, z: Tensor, out: Comparisons
) -> None:
    """D1 at the end of training, and in the state `half` way where there is one."""
    run = network.replay.run
    bound = 2 * network.replay.rounding.preactivation(z)  # of both ends of a movement
    start = preactivation(run.initial, z)
    moved = preactivation(run.final, z) - start
    within(out, "u_i(z;T) - u_i(z;0)", moved, theory.movement_bound(z), bound)
    if half is not None:
        moved = preactivation(half, z) - start
        within(out, "u_i(z;T/2) - u_i(z;0)", moved, theory.path_movement_bound(z), bound)


def output_margin(network: Network, theory: Certificates, z: Tensor) -> Tensor:
    """What rounding can add to the output, or to its prediction, (P,)."""
    run = network.replay.run
    lengths = torch.linalg.vector_norm(run.X, dim=1) @ theory.shares
    sizes = torch.linalg.vector_norm(z, dim=1) * lengths + run.recipe.beta * theory.shares.sum()
    return network.replay.rounding.output(z) + unit(run, network.X.dtype) * sizes
