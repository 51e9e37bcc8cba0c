"""What the theory predicts without training: `f_hat`, `g_hat`, and the directions of `nabla f`."""

from __future__ import annotations

from torch import Tensor

from verifier.kernel.phi import check_points, kernel_sum, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model.network import check_labels, check_tensor


def _check(z: Tensor, X: Tensor, y: Tensor, slope: float) -> None:
    check_points(z, X, slope)
    check_labels("y", y, X)


def f_hat(z: Tensor, X: Tensor, y: Tensor, slope: float, beta: float = 1.0) -> Tensor:
    """`f_hat(z) = (1/N) sum_n y_n K_inf(z, x_n)`, shape (P,); `f_T ~ f_0 + T f_hat` when wide."""
    _check(z, X, y, slope)
    return kernel_sum(z, X, y / len(X), slope, beta)


def g_hat(
    z: Tensor, natural: Tensor, r: Tensor, targets: Tensor, slope: float, beta: float = 1.0
) -> Tensor:
    """`g_hat(z) = (1/N) sum_n ytil_n K_inf(z, o_n + r_n)`, shape (P,).

    `natural` holds the `o_n` (N, d): zeros in scenario (a), the training inputs in (b).
    """
    check_tensor("natural", natural, (None, None), natural)
    check_tensor("r", r, tuple(natural.shape), natural)
    check_labels("targets", targets, natural)
    return f_hat(z, natural + r, targets, slope, beta)


def direction(z: Tensor, X: Tensor, y: Tensor, slope: float) -> Tensor:
    """`s(z) = (1/N) sum_n y_n Phi(z, x_n) x_n`, (P, d): the published direction of `nabla f`."""
    _check(z, X, y, slope)
    return weighted_direction(z, X, y / len(X), slope)


def sharpened_direction(z: Tensor, X: Tensor, y: Tensor, slope: float, beta: float = 1.0) -> Tensor:
    """`nabla f_hat(z)`, shape (P, d): `s(z)` plus the term from patterns that flip (R3)."""
    return direction(z, X, y, slope) + phi_gradient_sum(z, X, y / len(X), slope, beta)
