"""Networks at which the errors of D3, D5 and D6b are as large as their bounds.

Random networks stay so far below these bounds that half of them would pass. Here one sample x moves
every output the same way, to the side `y`, as every neuron moves the output at z.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.kernel.phi import k_inf, phi
from verifier.model.losses import Mixture
from verifier.model.network import Parameters
from verifier.trial.case import Case
from verifier.trial.configuration import Configuration

SHARE = 0.99
"""Of D5's error bound: a prediction this far below it, and one as far above."""

FIRST = 1e-3
"""The first of two steps, together 1: what D3's bound loses in it is never attained."""

SIDES = (1.0, -1.0)

_SLOPE = 0.2
_CONVEX = 0.02  # of the loss; the rest is linear, so that all effective times are nearly T
_FAR = 5.0  # a pre-activation that no training reaches


def flipped() -> tuple[Case, ...]:
    """D3, D6b: flips at x and at z, and K_0 - Phi, all to one side, with a sign that is certain."""
    return tuple(_flipped(y, share=2.0) for y in SIDES)


def undecided() -> tuple[Case, ...]:
    """D5: predictions of f, then of g, just below their error, so that signs change; or just above.

    The other network is not trained. Perturbations have length 0, so that g meets the samples.
    """
    of_f = [_flipped(y, share) for y in SIDES for share in (SHARE, 1 / SHARE)]
    return (*of_f, *(replace(case, configuration=_swapped(case)) for case in of_f))


def fed_back() -> tuple[Case, ...]:
    """D6b: `flipped`, and outputs at x whose error alone moves the output at z, by later times."""
    return (*flipped(), *(_fed_back(y) for y in SIDES))


def _flipped(y: float, share: float) -> Case:
    """The prediction is `-share y E`, E the error, with `a_i = y sqrt m`: all neurons push alike.

    The first neuron flips at x after the first step, the second at z in the end; the third only
    sets `f_0(z)`.
    """
    x, z = _tensor([[1.0, 0.0]]), _tensor([[0.0, 1.0]])
    Phi, gained = float(phi(z, x, _SLOPE)), 1 - _SLOPE
    # what flips at z, flips at x and K_0 - Phi at z add, for T = 1
    error = gained / 2 + gained + (3 * _SLOPE - Phi)
    third = (-share * error - Phi - 1 + _SLOPE / 2) / _SLOPE
    W = _tensor([[-FIRST * _SLOPE, 1.0], [1.0, -0.5], [1.0, third]])  # u_i(x), u_i(z)
    return _case(W, math.sqrt(3) * y * _tensor([1.0, 1.0, 1.0]), z, y, (FIRST, 1 - FIRST))


def _fed_back(y: float) -> Case:
    """Two neurons with `K_0 = Phi` at z, `K_0 = 1.1 Phi` at x, no flips, and z near x.

    The second step has `theta = 1`; before it `f(x) = 0`, where the loss bends most.
    """
    x, z, gained = _tensor([[1.0, 0.0]]), _tensor([[1.0, 0.02]]), 1 - _SLOPE
    Phi_x, Phi_z = (float(phi(point, x, _SLOPE)) for point in (x, z))
    # the second neuron is active at x alone: a^2/m of both from K_0 at z and at x
    second = (1.1 * Phi_x - Phi_z) / gained
    first = Phi_z - _SLOPE * second
    loss = Mixture(1 - _CONVEX, _CONVEX, 0.0, 100.0, 0.0)
    own = float(k_inf(x, x, _SLOPE, 1.0))
    later = 1 / (loss.sharpest * own)
    early = FIRST * later
    start = -early * loss.derivative(_tensor([0.0])).item() * 1.1 * own
    # their pre-activations at x, the second one far from its kink on either side
    at_first, at_second = (start + math.sqrt(second) * _FAR) / math.sqrt(first), _FAR
    W = _tensor([[at_first, 0.0], [at_second, -2 * at_second / float(z[0, 1])]])
    a = math.sqrt(2) * y * _tensor([math.sqrt(first), -math.sqrt(second)])
    names = ("linear", "convex", "bounded", "rate", "offset")
    constants = tuple((name, getattr(loss, name)) for name in names)
    found = _case(W, a, z, y, (early, later))
    described = replace(found.configuration, loss="mixture", loss_constants=constants)
    return replace(found, configuration=described)


def _case(W: Tensor, a: Tensor, z: Tensor, y: float, steps: tuple[float, ...]) -> Case:
    """One sample (1, 0) with label y, and one point."""
    described = Configuration(
        data=Data("raw", 1, 1, points=((0.0,),)),
        width=1,
        slope=_SLOPE,
        train_bias=True,
        f_steps=steps,
        g_steps=(0.0,),
        eps=0.0,
        scenario="b",
    )
    f = Parameters(W, torch.zeros_like(a), a)
    return Case.of(described, f, _tensor([[1.0, 0.0]]), _tensor([y]), z)


def _swapped(case: Case) -> Configuration:
    c = case.configuration
    return replace(c, f_steps=c.g_steps, g_steps=c.f_steps)


def _tensor(values: list[float] | list[list[float]]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device="cpu")
