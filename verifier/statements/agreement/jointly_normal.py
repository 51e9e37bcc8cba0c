"""Two jointly normal outputs: what is known of them, and the chance that they have one sign."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_CORRELATED = 0.999  # the quadrature is exact up to here; altered moments may ask for more than 1


class Moments(NamedTuple):
    """What the averaged form knows of both outputs at z, data and points given; all (..., P).

    `f`, `g`: their means, `T_f f_hat` and `T_g mu`. `start`: the variance `sd_0^2` of each at its
    start. `noise`: what the targets and f's start add to g's variance, `T_g^2 (V + sd^2)`.
    `shared`: their covariance, `T_g C`.
    """

    f: Tensor
    g: Tensor
    start: Tensor
    noise: Tensor
    shared: Tensor


def chance_of_agreement(moments: Moments) -> Tensor:
    """`N2(A, B; r) + N2(-A, -B; r)`: that two jointly normal outputs have one sign, (..., P)."""
    m = moments
    f_spread = m.start.sqrt()
    g_spread = (m.start + m.noise).sqrt()
    a = m.f / f_spread
    b = m.g / g_spread
    r = (m.shared / (f_spread * g_spread)).clamp(-_CORRELATED, _CORRELATED)
    independent = torch.special.ndtr(a) * torch.special.ndtr(b)
    independent = independent + torch.special.ndtr(-a) * torch.special.ndtr(-b)
    return independent + 2 * _by_correlation(a, b, r)


def bivariate_normal(a: Tensor, b: Tensor, r: Tensor) -> Tensor:
    """`N2(a, b; r) = P(U <= a, V <= b)`, U and V standard normal of correlation r; one shape.

    To rounding for `|r| <= 0.999`.
    """
    return torch.special.ndtr(a) * torch.special.ndtr(b) + _by_correlation(a, b, r)


def _by_correlation(a: Tensor, b: Tensor, r: Tensor) -> Tensor:
    """`N2(a, b; r) - N2(a, b; 0)`, even in (a, b): the density integrated over `sin t` from 0 to r.

    By Gauss-Legendre quadrature.
    """
    nodes, weights = (torch.tensor(v, dtype=a.dtype, device=a.device) for v in (_NODES, _WEIGHTS))
    half = torch.asin(r).unsqueeze(-1) / 2
    t = half * (1 + nodes)
    a_, b_ = a.unsqueeze(-1), b.unsqueeze(-1)
    exponent = (a_.square() + b_.square() - 2 * a_ * b_ * t.sin()) / (2 * t.cos().square())
    return (half * torch.exp(-exponent)) @ weights / (2 * math.pi)
