"""What rounding may add to either side of a certificate."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.certificates.formulas import certificates
from verifier.statements.certificates.interval import Interval
from verifier.trial.rounding import unit
from verifier.trial.trial import Network, Trial


def within(out: Comparisons, what: str, value: Tensor, allowed: Interval, bound: Tensor) -> None:
    """Claims that `value` lies in `allowed`, as a distance from the centre against the radius."""
    out.at_most(what, (value - allowed.centre).abs(), allowed.radius, bound)


def output_margin(trial: Trial, network: Network, z: Tensor) -> Tensor:
    """What rounding can add to the output, or to its prediction, (P,)."""
    run, theory = network.replay.run, certificates(trial, network)
    lengths = torch.linalg.vector_norm(run.X, dim=1) @ theory.shares
    sizes = torch.linalg.vector_norm(z, dim=1) * lengths + run.recipe.beta * theory.shares.sum()
    return network.replay.rounding.output(z) + unit(run, network.X.dtype) * sizes
