"""K1: the kernel that a code offers is the closed form, near its cusps and at any length too."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.implementations.reference import Reference
from verifier.model.network import activation_pattern, initialise, preactivation
from verifier.model.vectors import unit_rows
from verifier.statements.broken_codes import KernelTooLarge
from verifier.statements.control import Control
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial

_FEW = 8  # rounding errors beside those of the inner product
_MOST_POINTS = 12  # of each kind: differences of all pairs are formed
_STRETCHED = (1e8, 1e-8)
_RANGE = 0.25  # a length's power of the largest number: products of four lengths are formed
_EXTREME_SLOPES = (0.0, 1e-9, 1 - 1e-9, 1.0)


def check(trial: Trial, out: Comparisons) -> None:
    """K1 at fresh points and samples, at their neighbours, opposites and multiples."""
    own = trial.configuration.slope
    every, fresh = moderate(trial.draw.X), moderate(trial.draw.z)
    if not (len(every) and len(fresh)):
        out.vacuous(len(trial.draw.X) * len(trial.draw.z))
        return
    X = every[:_MOST_POINTS]
    near = X * (1 + 8 * torch.finfo(X.dtype).eps)
    stretched = [moderate(size * X) for size in _STRETCHED]
    points = torch.cat((fresh[:1], X, near, -X, torch.zeros_like(X[:1]), *stretched))
    for slope in dict.fromkeys((own, *_EXTREME_SLOPES)):
        offered = trial.code.kernel(points, X, slope).double()
        claimed, bound = trial.theory[ClosedForm](slope).values(points, X)
        out.identity(f"Phi at slope {slope:g}", offered, claimed, bound)
    # all of them at once, of which some are compared: a code may work in blocks
    rows, columns = spread(len(fresh)), spread(len(every))
    offered = trial.code.kernel(fresh, every, own).double()[rows][:, columns]
    claimed, bound = trial.theory[ClosedForm](own).values(fresh[rows], every[columns])
    out.identity("Phi at all points", offered, claimed, bound)


def moderate(x: Tensor) -> Tensor:
    """The points of which a code may multiply four lengths within the range of their dtype."""
    longest = torch.finfo(x.dtype).max ** _RANGE / 4
    return x[torch.linalg.vector_norm(x.double(), dim=1) < longest * math.sqrt(x.shape[1])]


def spread(count: int) -> list[int]:
    """The first and the last of so many, and those beside powers of two."""
    beside = {2**k + i for k in range(count.bit_length()) for i in (-1, 0, 1)}
    return sorted({i for i in (*beside, 0, count - 2, count - 1) if 0 <= i < count})


@dataclass(frozen=True)
class ClosedForm:
    """`Phi` of one slope by differences of unit vectors, and what rounding may change of it."""

    slope: float

    def fall(self) -> float:
        """What multiplies the angle."""
        return (1 - self.slope) ** 2 / (2 * math.pi)

    def lifted(self, x: Tensor) -> Tensor:
        """Unit vectors along `(x/sqrt d, 1)`, (P, d+1)."""
        ones = torch.ones_like(x[:, :1])
        lifted = torch.cat((x / math.sqrt(x.shape[1]), ones), dim=1)
        return lifted / torch.linalg.vector_norm(lifted, dim=1, keepdim=True)

    def values(self, z: Tensor, X: Tensor) -> tuple[Tensor, Tensor]:
        """`Phi` and its bound, (P, N) each, float64, for a code that computes in z's dtype.

        An error e of the cosine moves an angle near 0 or pi by `sqrt(2e)`: a correct code may take
        it from there, and one that does better is within the bound all the more.
        """
        u, v = self.lifted(z.double()), self.lifted(X.double())
        gap, total = u.unsqueeze(1) - v, u.unsqueeze(1) + v
        angle = 2 * torch.atan2(*(torch.linalg.vector_norm(t, dim=2) for t in (gap, total)))
        eps = torch.finfo(z.dtype).eps
        error = (z.shape[1] + _FEW) * eps
        ends = (angle.cos() + sign * error for sign in (-1, 1))
        widest, least = (end.clamp(-1.0, 1.0).acos() for end in ends)
        top = self.slope + (1 - self.slope) ** 2 / 2
        return top - self.fall() * angle, self.fall() * (widest - least) + _FEW * eps


K1 = PathwiseStatement(
    id="K1",
    statement="the kernel is gamma + (1-gamma)^2 (1/4 + arcsin(rho)/(2 pi))",
    plain="The kernel of wide networks has the closed form that predictions use.",
    kind=IDENTITY,
    source="paper, definition of Phi",
    proof="docs/identities.md",
    carries=ADDED,
    needs=("kernel",),
    latex=r"\Phi(x, z) = \gamma + (1 - \gamma)^2 \left( \frac{1}{4} + "
    r"\frac{\arcsin \rho}{2 \pi} \right)",
    compare=check,
)


class ManyNeurons(Reference):
    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        # A mean over a thousand drawn neurons, as published code has it
        draws = torch.Generator(device="cpu").manual_seed(0)
        drawn = initialise(1000, z.shape[1], generator=draws, dtype=torch.float64, device=z.device)
        at_z, at_x = (activation_pattern(preactivation(drawn, t.double()), slope) for t in (z, X))
        return at_z @ at_x.T / 1000


class PlainCosine(Reference):
    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        # The angle of the points themselves, as if there were no bias
        cosine = unit_rows(z) @ unit_rows(X).T
        return slope + (1 - slope) ** 2 * (0.25 + cosine.clamp(-1, 1).asin() / (2 * math.pi))


class OffNearItself(Reference):
    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        # Half where two points coincide: the cusp is cut off
        found = super().kernel(z, X, slope)
        return found.clamp(max=slope + 0.499 * (1 - slope) ** 2)


class LongPointsLost(Reference):
    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        # Entries beyond a million are cut off
        return super().kernel(z.clamp(-1e6, 1e6), X, slope)


class LastBlockLost(Reference):
    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        # Samples in blocks of 64, the last one only if it is full
        found = super().kernel(z, X, slope)
        whole = len(X) - len(X) % 64
        if whole:
            found[:, whole:] = 0.0
        return found


class SlopeNotSquared(ClosedForm):
    def fall(self) -> float:
        # 1 - gamma^2 for (1 - gamma)^2
        return (1 - self.slope**2) / (2 * math.pi)


class NoBias(ClosedForm):
    def lifted(self, x: Tensor) -> Tensor:
        # Directions of the points themselves
        return torch.nn.functional.normalize(torch.cat((x, torch.zeros_like(x[:, :1])), dim=1))


CONTROLS = (
    Control("kernel-tenth-too-large", "Phi off by a tenth", ("K1",), KernelTooLarge),
    Control("kernel-by-draws", "a mean over 1000 neurons", ("K1",), ManyNeurons),
    Control("kernel-plain-cosine", "no bias in the angle", ("K1",), PlainCosine),
    Control("kernel-cusp-cut", "its cusp is cut off", ("K1",), OffNearItself),
    Control(
        "kernel-last-block",
        "its last block is lost",
        ("K1",),
        LastBlockLost,
        known_rung="no kinks, float64, N = 65, identity",
    ),
    Control("kernel-long-points", "long points are cut off", ("K1",), LongPointsLost),
    Control(
        "kernel-slope-not-squared",
        "1 - gamma^2 for (1 - gamma)^2",
        ("K1",),
        altered={ClosedForm: SlopeNotSquared},
    ),
    Control("kernel-of-directions", "s_x without + 1", ("K1",), altered={ClosedForm: NoBias}),
)
