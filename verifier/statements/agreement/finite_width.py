"""The size of a finite width's errors: what R5's values and N1's controls are measured by.

Formulas for many runs at once, with leading dimensions `...`; derivations: docs/agreement.md.
"""

from __future__ import annotations

import math

from torch import Tensor

from verifier.statements.agreement.formulas import angle, limit_kernel


def kernel_variance(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Tensor:
    """`V(z) = m E [sum_n w_n (K_0 - Phi)(z, x_n)]^2`, exact at every width; (..., P).

    `z (..., P, d)`, `X (..., N, d)`, `weights w_n (..., P, N)`. With `Psi_nk = E phi'(u(z))^2
    phi'(u(x_n)) phi'(u(x_k))` it is `sum_nk w_n w_k (3 Psi_nk - Phi(z, x_n) Phi(z, x_k))`. Each
    `Psi` is linear in the three angles, so that no table over pairs is needed at each z.
    """
    g, h = slope, 1 - slope
    to_z, between = angle(z, X), angle(X, X)
    whole = weights.sum(dim=-1)
    by_z = whole * (weights * to_z).sum(dim=-1)  # sum_nk w_n w_k theta_zn
    by_pairs = ((weights @ between) * weights).sum(dim=-1)  # sum_nk w_n w_k theta_nk
    one = g**4 + g**3 * h + g**2 * h**2 / 2 + (1 - g**2) * (g**2 / 2 + g * h + h**2 / 2)
    pair = g**2 * h**2 / (2 * math.pi) + (1 - g**2) * h**2 / (4 * math.pi)
    single = (1 - g**2) * (g * h / (2 * math.pi) + h**2 / (4 * math.pi))
    psi = one * whole.square() - pair * by_pairs - 2 * single * by_z
    mean = (weights * limit_kernel(z, X, slope)).sum(dim=-1)
    return 3 * psi - mean.square()
