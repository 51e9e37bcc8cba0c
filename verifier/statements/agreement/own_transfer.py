"""R6x's formulas at a few points, from derivatives of kernels and steps of single neurons."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.agreement.own_moments import Lifted, direction_variance
from verifier.statements.agreement.own_widths import at_kink, turned_by_flips
from verifier.statements.agreement.transfer import NEURONS, Transfer

Side = tuple[float, int]
"""The time and the width of a network."""

_N, _D, _P = 5, 3, 4  # samples, dimensions, points
_FEW = 16  # rounding errors beside those of products and sums
_KINDS = ((0.0, 1.0), (0.3, 0.0))  # slopes, and whether biases are trained


def _fresh() -> torch.Generator:
    """One that gives both sides the same neurons."""
    return torch.Generator("cpu").manual_seed(1)


def _gradient(z: Tensor, X: Tensor, y: Tensor, slope: float, beta: float) -> Tensor:
    """`nabla f_hat(z)`, (P, d)."""
    with torch.enable_grad():
        at = z.clone().requires_grad_()
        f_hat = Lifted(at.unsqueeze(1), X, slope).k_inf(beta) @ y / len(y)
        (h,) = torch.autograd.grad(f_hat.sum(), at)
    return h


def _scatter(
    z: Tensor, X: Tensor, y: Tensor, slope: float, beta: float, drawn: Tensor
) -> tuple[Tensor, Tensor]:
    """`c/T` for `drawn (P, B, d + 1)`, and what it is with each drift at its largest, (P,)."""
    found: list[Tensor] = []
    most: list[Tensor] = []
    for point, neurons in zip(z, drawn, strict=True):
        pulls = y * (X @ point + beta) / len(y)
        kink = at_kink(neurons, point, X, slope)
        square, largest = kink.w.square().sum(dim=1), pulls.abs().sum().expand(len(neurons))
        for q, values in ((kink.seen @ pulls, found), (largest, most)):
            values.append((turned_by_flips(q, q, kink.density, 1.0, slope) * square).mean())
    return torch.stack(found), torch.stack(most)


def compare_transfer(kind: type[Transfer], sides: tuple[Side, Side], out: Comparisons) -> None:
    """`E <nabla f, nabla f'>`, both squared lengths and the cosine, at points of their own.

    Rounding: angles are known to `unit` over the least sine, and so is h with that once more.
    """
    generator = torch.Generator("cpu").manual_seed(0)
    X, z = (
        torch.randn(*shape, generator=generator, dtype=torch.float64, device="cpu")
        for shape in ((_N, _D), (_P, _D))
    )
    y = torch.tensor([1.0, -1.0] * _N, dtype=torch.float64, device="cpu")[:_N]
    drawn = torch.randn(_P, NEURONS, _D + 1, generator=_fresh(), dtype=X.dtype, device="cpu")
    length = torch.linalg.vector_norm(X, dim=1).mean()
    for slope, beta in _KINDS:
        stated = kind.at(z, X, y, slope, beta, _fresh())
        square = _gradient(z, X, y, slope, beta).square().sum(dim=1)
        rate, largest = _scatter(z, X, y, slope, beta, drawn)
        one = torch.eye(_D, dtype=X.dtype, device="cpu").unsqueeze(1)
        start = direction_variance(z[:1], one, slope).sum()
        sine = Lifted(z.unsqueeze(1), X, slope).least_sine()
        unit = _FEW * (_N + _D) * torch.finfo(X.dtype).eps / sine**2
        most = (length + (torch.linalg.vector_norm(z, dim=1) * length + beta) / sine) ** 2
        (T, m), (U, k) = sides
        due = T * U * square
        title = f"slope {slope:g}"
        bound = T * U * unit * most
        out.identity(f"E <nabla f, nabla f'>, {title}", stated.product(T, U), due, bound)
        relative = bound / due
        lengths = []
        for time, width in sides:
            scatter = time * rate / math.sqrt(width)
            lengths.append(time**2 * square + start + scatter)
            sizes = time**2 * most + start + time * largest / math.sqrt(width)
            what = f"E |nabla f|^2, T = {time:g}, m = {width}, {title}"
            found = stated.length(time, width).square()
            out.identity(what, found, lengths[-1], unit * sizes)
            relative = relative + unit * sizes / lengths[-1]
        cosine = due / (lengths[0] * lengths[1]).sqrt()
        out.identity(f"cosine, {title}", stated.cosine((T, m), (U, k)), cosine, cosine * relative)
