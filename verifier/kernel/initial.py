"""The kernel of one draw, at finite width: what `Phi` is the mean of."""

from __future__ import annotations

from torch import Tensor

from verifier.model.network import Parameters, activation_pattern, preactivation


def initial_kernel(params: Parameters, z: Tensor, X: Tensor, slope: float) -> Tensor:
    """`K_0(z, x_n) = (1/m) sum_i a_i^2 phi'(u_i(z)) phi'(u_i(x_n))`, (..., P, N)."""
    at_z = activation_pattern(preactivation(params, z), slope)
    at_x = activation_pattern(preactivation(params, X), slope)
    return (at_z * params.a.square().unsqueeze(-2)) @ at_x.mT / params.width
