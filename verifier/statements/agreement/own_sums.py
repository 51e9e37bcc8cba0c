"""N1's formulas against every sum of a few terms, one after the other; Edgeworth's as derivatives.

A law of four equally likely values has 64 sums of three terms: their moments are numbers.
Edgeworth's series is `exp(-l3 D^3/6 + l4 D^4/24) N(x)`, D the derivative, to the first order in l4
and the second in l3, which are the skewness and the excess of the sum; autograd takes D.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.agreement.neurons import NeuronLaw, Task

WIDTH = 3

_LAWS = ((2.0, -1.0, 0.5, 0.25), (-3.0, 1.0, 0.5, 0.5), (1.0, 0.0, 0.25, -0.5))
_ATTAINED = ((0.0, 1.0, 1.0, 1.0), (0.0, 0.0, -1.0, -1.0))
_FEW = 16  # rounding errors beside those of products and sums


def _values(laws: tuple[tuple[float, ...], ...]) -> Tensor:
    """The values of each law, (4, P)."""
    return torch.tensor(laws, dtype=torch.float64, device="cpu").T


def _derivatives(x: Tensor, most: int) -> list[Tensor]:
    """The normal distribution function at x, and its first `most` derivatives."""
    with torch.enable_grad():
        at = x.clone().requires_grad_()
        found = [torch.special.ndtr(at)]
        for _ in range(most):
            found += torch.autograd.grad(found[-1].sum(), at, create_graph=True)
    return [value.detach() for value in found]


def compare_sums(kind: type[NeuronLaw], task: Task, out: Comparisons) -> None:
    """Moments, series and bound of N1 for laws of a few values.

    Rounding: `unit` of the largest term's power; over the least variance's for the series.
    """
    law, Z = kind(WIDTH, task), _values(_LAWS)
    each = torch.cartesian_prod(*[torch.arange(len(Z), device="cpu")] * WIDTH)
    sums = sum((Z[column] for column in each.T), torch.zeros_like(Z[:1])) / math.sqrt(WIDTH)
    mean = sums.mean(dim=0)
    centred = (sums - mean) * mean.sign()
    second, third, fourth = (centred.pow(k).mean(dim=0) for k in (2, 3, 4))
    unit = _FEW * len(each) * torch.finfo(Z.dtype).eps
    most = math.sqrt(WIDTH) * Z.abs().amax(dim=0)

    def same(name: str, found: Tensor, due: Tensor, size: Tensor) -> None:
        out.identity(f"{name}, sums of {WIDTH} terms", found, due, unit * size)

    same("f_T", law.output(Z[each]), sums, most.expand_as(sums))
    same("E f_T", law.mean(Z), mean, most)
    same("Var f_T", law.variance(Z), second, most**2)
    same("E (f_T - E f_T)^4", law.fourth(Z), fourth, most**4)
    l3, l4 = third / second**1.5, fourth / second**2 - 3
    normal = _derivatives(-mean.abs() / second.sqrt(), 6)
    due = (
        1 - normal[0],
        l3 / 6 * normal[3],
        -(l4 / 24 * normal[4] + l3.square() / 72 * normal[6]),
    )
    series = law.series(Z)
    sizes = (most / second.sqrt()) ** 6
    for name, claimed in zip(series._fields, due, strict=True):
        same(f"Edgeworth's series, {name}", getattr(series, name), claimed, sizes)
    # of two values, one of them 0, Cantelli's bound is the share of zeros
    Z = _values(_ATTAINED)
    zeros = (Z == 0).double().mean(dim=0)
    bound = torch.full_like(zeros, unit)
    out.identity("the bound where it is attained", kind(1, task).wrong_sign_bound(Z), zeros, bound)
