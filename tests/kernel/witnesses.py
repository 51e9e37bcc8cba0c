"""Phi, its gradient and the covariance once more, by quadrature, many digits and plain NumPy."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath
import numpy as np
import torch
from scipy import integrate, special
from torch import Tensor

CPU64 = {"dtype": torch.float64, "device": "cpu"}
SLOPES = (0.0, 0.3, 1.0)
mpf: Any = mpmath.mpf


def points(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator("cpu").manual_seed(seed), **CPU64)


def covariance(x: Tensor, z: Tensor) -> tuple[float, float, float]:
    """Of `u(x)`, `u(z)` over `w ~ N(0, I/d)`, `b ~ N(0, 1)`: the two variances, then rho."""
    d = len(x)
    s_x, s_z, c = (float(p @ q) / d + 1 for p, q in ((x, x), (z, z), (x, z)))
    return s_x, s_z, c / math.sqrt(s_x * s_z)


def integrated_phi(x: Tensor, z: Tensor, slope: float) -> float:
    """`E[phi'(u) phi'(v)]` from the probability of each quadrant, integrated numerically."""
    rho = covariance(x, z)[2]
    rest = math.sqrt(1 - rho * rho)

    def quadrant(sign_u: int, sign_v: int) -> float:
        def density(t: float) -> float:
            return normal_density(t) * float(special.ndtr(sign_u * sign_v * rho * t / rest))

        value, _ = integrate.quad(density, 0.0, 12.0, epsabs=1e-13, epsrel=1e-12, limit=200)
        return float(value)

    signs = ((1, 1, 1.0), (1, -1, slope), (-1, 1, slope), (-1, -1, slope * slope))
    return sum(weight * quadrant(p, q) for p, q, weight in signs)


def integrated_covariance(x: Tensor, z: Tensor, slope: float) -> float:
    """`E[phi(u) phi(v)]`, a two-dimensional integral on the smooth quadrants of u and of v."""
    s_x, s_z, rho = covariance(x, z)
    rest = math.sqrt(1 - rho * rho)

    def leaky(u: float) -> float:
        return u if u >= 0 else slope * u

    def given_first(t: float) -> float:
        mean, kink = rho * t, -rho * t / rest

        def integrand(r: float) -> float:
            return normal_density(r) * leaky(mean + rest * r)

        pieces = sorted((-9.0, min(max(kink, -9.0), 9.0), 9.0))
        nodes = [gauss(integrand, *ends) for ends in itertools.pairwise(pieces)]
        return normal_density(t) * leaky(t) * sum(nodes)

    halves = (gauss(given_first, -9.0, 0.0), gauss(given_first, 0.0, 9.0))
    return math.sqrt(s_x * s_z) * sum(halves)


def normal_density(t: float) -> float:
    return math.exp(-t * t / 2) / math.sqrt(2 * math.pi)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)


def gauss(function: Any, low: float, high: float) -> float:
    middle, half = (low + high) / 2, (high - low) / 2
    return half * sum(w * function(middle + half * t) for t, w in zip(NODES, WEIGHTS, strict=True))


def exact_phi(x: Tensor, z: Tensor, slope: float) -> float:
    """Theory's closed form with 100 digits, where arcsin loses nothing that matters."""
    with mpmath.workdps(100):
        g = mpf(slope)
        return float(g + (1 - g) ** 2 * (mpf(1) / 4 + mpmath.asin(correlation(x, z)) / two_pi()))


def two_pi() -> Any:
    """With the digits of mpmath's context."""
    return 2 * mpmath.pi


def correlation(x: Any, z: Any) -> Any:
    """`rho` with the digits of mpmath's context."""
    p, q = ([mpf(float(v)) for v in t] for t in (x, z))
    s_x, s_z, c = (mpmath.fdot(s, t) / len(p) + 1 for s, t in ((p, p), (q, q), (p, q)))
    return min(c / mpmath.sqrt(s_x * s_z), mpf(1))


def exact_gradient(z: Tensor, x: Tensor, slope: float) -> list[float]:
    """`nabla_z Phi(z, x)` by central differences on 200 digits."""
    with mpmath.workdps(200):
        p, q = ([mpf(float(v)) for v in t] for t in (z, x))
        d, gap = len(p), mpf(10) ** -60
        result = []
        for k in range(d):
            ends = []
            for sign in (1, -1):
                there = [v + sign * gap * (i == k) for i, v in enumerate(p)]
                s_z, s_x, c = (
                    mpmath.fdot(s, t) / d + 1 for s, t in ((there, there), (q, q), (there, q))
                )
                ends.append(mpmath.asin(c / mpmath.sqrt(s_z * s_x)))
            result.append(float((1 - mpf(slope)) ** 2 * (ends[0] - ends[1]) / (2 * gap) / two_pi()))
    return result


def dense_phi(z: Tensor, X: Tensor, slope: float) -> np.ndarray:
    """Theory's determinant form, for all pairs at once in NumPy."""
    p, q = z.double().numpy()[:, None, :], X.double().numpy()[None, :, :]
    d, e = p.shape[-1], q - p
    s_z, c = (p * p).sum(-1) / d + 1, (p * q).sum(-1) / d + 1
    det = np.maximum(s_z * (e * e).sum(-1) / d - ((p * e).sum(-1) / d) ** 2, 0.0)
    return slope + (1 - slope) ** 2 * (0.25 + np.arctan2(c, np.sqrt(det)) / (2 * math.pi))


def dense_direction(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Tensor:
    return torch.from_numpy(
        np.einsum("pn,n,nd->pd", dense_phi(z, X, slope), weights.double(), X.double())
    )
