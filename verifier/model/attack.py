"""The attack, and what a network that learns from perturbations is given."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.errors import require
from verifier.model.device import read_together
from verifier.model.network import (
    Parameters,
    check_data,
    check_parameters,
    check_slope,
    input_gradient,
)
from verifier.model.vectors import unit_rows


def perturb(params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float) -> Tensor:
    """`r_n = eps ytil_n nabla f(x_n)/|nabla f(x_n)|`, shape (N, d); zero where it vanishes (E4).

    One step of length eps that raises `ytil_n f`, whatever loss with `ell' > 0` is attacked.

    >>> f = Parameters(torch.eye(2), torch.zeros(2), torch.ones(2))
    >>> perturb(f, torch.ones(1, 2), torch.tensor([-1.0]), eps=1.0, slope=0.0)
    tensor([[-0.7071, -0.7071]])
    """
    require(math.isfinite(eps) and eps >= 0, "eps", eps, "must be finite and non-negative")
    check_slope(slope)
    with read_together():
        check_parameters(params)
        check_data(X, targets, params, "targets")
    return eps * targets.unsqueeze(-1) * unit_rows(input_gradient(params, X, slope))


def natural_inputs(X: Tensor, scenario: str) -> Tensor:
    """`o_n`: zero in scenario (a), perturbations alone; `x_n` in (b), on natural samples."""
    require(scenario in ("a", "b"), "scenario", repr(scenario), "must be 'a' or 'b'")
    return torch.zeros_like(X) if scenario == "a" else X
