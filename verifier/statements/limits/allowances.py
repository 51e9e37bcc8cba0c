"""What R1c allows its tests for flips, computed anew: no bound is looser than it is said to be.

One that is larger refutes nothing that is true, so that no test sees it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.limits.kernel_fluctuation import KernelFluctuation
from verifier.statements.limits.kinks import absolute_moment

_FEW = 16  # rounding errors beside those of products and sums


def _corners(theory: KernelFluctuation, z: Tensor) -> Tensor:
    """`sum_n w_n p_n` for every p whose entries are gamma or 1, (2^N, P)."""
    X, y, recipe = theory.X, theory.y, theory.recipe
    w = torch.stack([recipe.time * y * (X @ point + recipe.beta) / len(y) for point in z])
    sides = X.new_tensor([recipe.slope, 1.0])
    return torch.cartesian_prod(*[sides] * len(y)).reshape(-1, len(y)) @ w.T


def _crossing(theory: KernelFluctuation, z: Tensor) -> Tensor:
    """`(1 - gamma) E |a| R` times the density of `|u(z)|` at 0, the derivative of its law, (P,)."""
    lifted = torch.cat((z / math.sqrt(z.shape[1]), torch.ones_like(z[:, :1])), dim=1)
    spread = torch.linalg.vector_norm(lifted, dim=1)
    with torch.enable_grad():
        near = torch.zeros_like(spread).requires_grad_()
        law = torch.special.ndtr(near / spread) - torch.special.ndtr(-near / spread)
        (density,) = torch.autograd.grad(law.sum(), near)
    reach = _corners(theory, z).abs().amax(dim=0)
    return (1 - theory.recipe.slope) * absolute_moment(1) * reach * density


def compare_allowances(theory: KernelFluctuation, z: Tensor, width: int, out: Comparisons) -> None:
    """The range of `P`, R, the share of neurons that cross, A, and R2a's bound, at points z."""
    X, slope, w = theory.X, theory.recipe.slope, theory.weights(z)
    sums = _corners(theory, z)
    reach, at_z, at_samples = sums.abs().amax(dim=0), _crossing(theory, z), _crossing(theory, X)
    others = (1 + slope) * (w.abs() @ at_samples)
    size = w.abs().sum(dim=1)
    pairs = (
        ("ends of P", theory.ends(z), torch.stack((sums.amin(dim=0), sums.amax(dim=0))), size),
        ("R", theory.reach(z), reach, size),
        ("neurons that cross", theory.crossings(z), at_z, at_z),
        ("A", theory.output_flips(z, width), at_z * reach + others, at_z * reach + others),
        ("flips of a sum", theory.pull_flips(w, z, width), 2 * at_z * size + others, at_z * size),
    )
    unit = _FEW * (len(X) + z.shape[1]) * torch.finfo(X.dtype).eps
    for name, found, due, most in pairs:
        by = math.sqrt(width) if name in ("A", "flips of a sum") else 1.0
        out.identity(f"allowed by R1c: {name}", found, due / by, unit * (due.abs() + most) / by)
