"""K2: the sums over samples that predictions are made of are sums over pairs."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.kernel.phi import k_inf, kernel_sum, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient, phi_gradient_sum
from verifier.kernel.prediction import direction, f_hat, g_hat, sharpened_direction
from verifier.kernel.random_features import kernel_sum_by_features
from verifier.model.device import as_if_reads_waited
from verifier.statements.identities.pairs import FRESH, Pairs, hard_points
from verifier.statements.inputs import LIBRARY
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial

_FEW = 8  # rounding errors beside those of products and sums
_TWICE = 2  # both sides round
_LOST = 100  # at most, of the digits of a sine beyond those of its cosine (`angles.NEAR`)
_CUSP = 0.03
"""Sines below which autograd is not asked: at a cusp there is no gradient."""
_POINTS, _SAMPLES = 257, 2050
"""Just beyond a tile of pairs, in both directions."""
_SEED = 1


@dataclass(frozen=True)
class Sums:
    """The sums as the library makes them, for `X (N, d)` at one slope."""

    X: Tensor
    slope: float

    def kernel(self, z: Tensor, weights: Tensor, beta: float) -> Tensor:
        """`sum_n w_n K_inf(z, x_n)`, (P,)."""
        return kernel_sum(z, self.X, weights, self.slope, beta)

    def direction(self, z: Tensor, weights: Tensor) -> Tensor:
        """`sum_n w_n Phi(z, x_n) x_n`, (P, d)."""
        return weighted_direction(z, self.X, weights, self.slope)

    def gradient(self, z: Tensor, weights: Tensor, beta: float) -> Tensor:
        """`sum_n w_n (<z, x_n> + beta) nabla Phi(z, x_n)`, (P, d)."""
        return phi_gradient_sum(z, self.X, weights, self.slope, beta)


def check(trial: Trial, out: Comparisons) -> None:
    """K2 as this device computes, and as one that had better not be asked for near pairs."""
    for way in (nullcontext, as_if_reads_waited):
        with way():
            _every_sum(trial, out)


def _every_sum(trial: Trial, out: Comparisons) -> None:
    """In both floating-point types, at hard points and over several tiles."""
    c = trial.configuration
    points, samples, long, short = hard_points(trial)
    for slope in dict.fromkeys((c.slope, 0.0, 1.0)):
        for dtype in (torch.float64, torch.float32):
            z, X = points.to(dtype), samples.to(dtype)
            _pairs(trial, z, torch.cat((X, long.to(dtype))), slope, out)
            _pairs(trial, -short.to(dtype), short.to(dtype), slope, out)
            # in a sum long samples would hide the others
            _sums(trial, z, X, slope, float(dtype == torch.float64), out)
    _many(trial, points.double(), samples.double(), c.slope, out)
    _features(trial, points.double(), samples.double(), c.slope, out)


def _unit(z: Tensor, samples: int) -> float:
    """Of a term, relative to its largest size; see docs/identities.md."""
    return _TWICE * (3 * (z.shape[1] + _FEW) + samples) * torch.finfo(z.dtype).eps


def _steep(pairs: Pairs, z: Tensor) -> Tensor:
    """Of a gradient of `Phi`, (P,)."""
    lost = _TWICE * (_LOST + 11) * (z.shape[1] + _FEW) * torch.finfo(z.dtype).eps
    return lost * pairs.steepest()


def _pairs(trial: Trial, z: Tensor, X: Tensor, slope: float, out: Comparisons) -> None:
    """What is asked for each pair."""
    pairs = trial.theory[Pairs](z.double(), X.double(), slope)
    found = k_inf(z, X, slope, 1.0).double()
    out.identity("K_inf", found, pairs.k_inf(1.0), _unit(z, 1) * pairs.lengths(1.0))
    found = phi_gradient(z, X, slope).double()
    bound = _steep(pairs, z).unsqueeze(1).expand(found.shape[:2])
    out.identity("nabla Phi", found, pairs.gradient(), bound)


def _sums(trial: Trial, z: Tensor, X: Tensor, slope: float, beta: float, out: Comparisons) -> None:
    """The four predictions, of labels."""
    pairs = trial.theory[Pairs](z.double(), X.double(), slope)
    y = _labels(X)
    share = y.double() / len(X)
    size = pairs.lengths(beta).sum(dim=1) / len(X)
    f = (pairs.k_inf(beta) * share).sum(dim=1)
    bound = _unit(z, len(X)) * size
    out.identity("f_hat", f_hat(z, X, y, slope, beta).double(), f, bound)
    # halves of numbers of float32 add up to them exactly
    found = g_hat(z, X / 2, X / 2, y, slope, beta).double()
    out.identity("g_hat", found, f, bound)
    s = (pairs.phi().unsqueeze(2) * pairs.X * share[:, None]).sum(dim=1)
    longest = torch.linalg.vector_norm(pairs.X, dim=1).mean()
    of_s = (_unit(z, len(X)) * longest).expand(len(z))
    out.identity("s", direction(z, X, y, slope).double(), s, of_s)
    turned = ((pairs.inner() + beta) * share).unsqueeze(2) * pairs.gradient()
    of_turn = (_steep(pairs, z) + _unit(z, len(X)) * pairs.steepest()) * size
    h = s + turned.sum(dim=1)
    found = sharpened_direction(z, X, y, slope, beta).double()
    out.identity("h", found, h, of_s + of_turn)
    sine = (pairs.root / pairs.lifted()).amin(dim=1)[:FRESH]
    clear = sine > _CUSP
    if clear.any():
        fresh = z[:FRESH][clear].requires_grad_()
        with torch.enable_grad():
            (found,) = torch.autograd.grad(f_hat(fresh, X, y, slope, beta).sum(), fresh)
        # the derivative of an angle that comes from its cosine loses 1/sin^2 of the digits
        bound = ((of_s + of_turn)[:FRESH] * (1 + 1 / sine.square()))[clear]
        out.identity("f_hat's own gradient", found.double(), h[:FRESH][clear], bound)


def _labels(X: Tensor) -> Tensor:
    """Labels of both classes, one of them more often."""
    y = torch.ones_like(X[:, 0])
    y[::3] = -1
    return y


def _weights(X: Tensor) -> Tensor:
    """Weights of either sign, none alike."""
    return torch.cos(torch.arange(len(X), dtype=X.dtype, device=X.device))


def _again(points: Tensor, count: int) -> Tensor:
    """Indices of the points, the first again after the last, (count,)."""
    return torch.arange(count, device=points.device) % len(points)


def _many(trial: Trial, z: Tensor, X: Tensor, slope: float, out: Comparisons) -> None:
    """Fresh points and samples again and again, until they fill more than a tile of pairs.

    The last point is the last sample: few pairs are near, and some of those in the last tile.
    """
    fresh = z[:FRESH]
    z = torch.cat((fresh, X[:1]))
    pairs = trial.theory[Pairs](z, X, slope)
    at, of = _again(fresh, _POINTS), _again(X, _SAMPLES).flip(0)
    at[-1] = len(fresh)
    weights = _weights(X[of])
    each, size = (torch.zeros_like(X[:, 0]).index_add(0, of, w) for w in (weights, weights.abs()))
    sums = trial.theory[Sums](X[of], slope)
    lever, lengths = pairs.inner() + 1, pairs.lengths(1.0) @ size
    unit = _unit(z, _SAMPLES)
    bound = unit * lengths
    out.identity(
        "tiles of K_inf", sums.kernel(z[at], weights, 1.0), (pairs.k_inf(1.0) @ each)[at], bound[at]
    )
    s = pairs.phi() @ (each[:, None] * X)
    longest = (unit * (size @ torch.linalg.vector_norm(X, dim=1))).expand(len(at))
    out.identity("tiles of Phi x", sums.direction(z[at], weights), s[at], longest)
    turned = ((lever * each).unsqueeze(2) * pairs.gradient()).sum(dim=1)
    steep = (_steep(pairs, z) + unit * pairs.steepest()) * lengths
    out.identity("tiles of nabla Phi", sums.gradient(z[at], weights, 1.0), turned[at], steep[at])


def _features(trial: Trial, z: Tensor, X: Tensor, slope: float, out: Comparisons) -> None:
    """The estimate by drawn neurons is the mean over the same draws, its error their spread."""
    pairs = trial.theory[Pairs](z, X, slope)
    weights = _weights(X)
    at = _again(z, _POINTS)
    own, library = (torch.Generator(device="cpu").manual_seed(_SEED) for _ in range(2))
    found = kernel_sum_by_features(
        z[at], X, weights, slope, 1.0, features=_SAMPLES, generator=library
    )
    draws = torch.randn(_SAMPLES, z.shape[1] + 1, generator=own, dtype=z.dtype, device="cpu")
    terms, sizes = pairs.terms(draws.to(z.device), weights, 1.0)
    unit = _unit(z, _SAMPLES + len(X))
    bound = unit * sizes.mean(dim=1)
    out.identity("by drawn neurons", found.value, terms.mean(dim=1)[at], bound[at])
    spread = terms.std(dim=1) / _SAMPLES**0.5
    bound = unit * sizes.square().mean(dim=1).sqrt()
    out.identity("their standard error", found.standard_error, spread[at], bound[at])


K2 = PathwiseStatement(
    id="K2",
    statement="the sums that predictions are made of are sums over pairs, however they are made",
    plain="The fast sums that predictions are made of are the plain sums over pairs.",
    kind=IDENTITY,
    source="paper, definitions of f_hat, g_hat and Phi",
    proof="docs/identities.md",
    rests_on=("K1",),
    carries=ADDED,
    needs=(),
    latex=r"\hat f(z) = \frac1N \sum_n y_n K_\infty(z, x_n), \quad "
    r"\nabla \hat f(z) = s(z) + \frac1N \sum_n y_n (\langle z, x_n \rangle + \beta) "
    r"\nabla_z \Phi(z, x_n)",
    compare=check,
    inputs=LIBRARY,
)
