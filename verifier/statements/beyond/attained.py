"""Networks at which E8p's threshold is met on the way, and E8c's bounds are as large as can be.

Random draws stay so far below these bounds that .8 of them would pass. Nothing is trained here:
the only step has length 0, so that f is the network written down.
"""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.model.attack import Attack
from verifier.model.network import Parameters
from verifier.statements.beyond.formulas import dual_norm
from verifier.trial.case import Case
from verifier.trial.configuration import Configuration

SHARE = 0.999
"""Of a threshold: a case this far below it, and one as far above."""

ATTACKS = ("L2", "Linf", "L1", "L3", "L2, 2 pixels", "Linf, 1 pixel")

_EPS = 0.1
_AT_KINK = 1e-3  # of eps |w_i|: patterns change within the first of the steps, and stay
_FAR = 10.0  # a pre-activation that no attack reaches
_READOUTS, _SLOPE = [-1.0, -0.5], 0.25  # of the two neurons at their kinks


def at_threshold() -> tuple[Case, ...]:
    """E8p: in every norm two samples, one just within the threshold of a neuron, one just beyond.

    The gradient is nearly parallel to that neuron's weights, so that a step goes as far towards its
    kink as any can; beyond it another neuron is left, whose gradient points elsewhere.
    """
    return tuple(_at_threshold(Attack.named(name)) for name in ATTACKS)


def _at_threshold(attack: Attack) -> Case:
    W = _tensor([[3.0, 2.0, -1.0], [1.0, -3.0, 2.0]])
    f = Parameters(W, _tensor([0.0, _FAR]), _tensor([-1.0, 1e-3]))  # 1e-6 is lost by the second
    most = _EPS * float(dual_norm(W[:1], attack))
    X = _tensor([[SHARE * most], [most / SHARE]]) * W[0] / W[0].square().sum()
    return _untrained(attack, f, X, slope=0.0)


def at_cone() -> tuple[Case, ...]:
    """E8c: two neurons lose their patterns at once, and turn the gradient as far as R allows.

    Under L2 by parallel weights and by orthogonal ones of equal lengths, which attain the first and
    the second bound in R, both orthogonal to the gradient that is left. Under L-infinity every
    entry is just below what may change its sign, or just above.
    """
    parallel, orthogonal = [[1.0, 0.0, 0.0], [2.0, 0.0, 0.0]], [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    aside = _tensor([0.0, 0.0, 1.0])
    of_angle = [
        _at_kinks("L2", W, torch.linalg.vector_norm(_lost(W)) * aside)
        for W in map(_tensor, (parallel, orthogonal))
    ]
    W = _tensor([[2.0, 1.0, -3.0], [1.0, 3.0, -1.0]])
    of_entries = [_at_kinks("Linf", W, (share - 1) * _lost(W)) for share in (SHARE, 1 / SHARE)]
    return (*of_angle, *of_entries)


def _lost(W: Tensor) -> Tensor:
    """What a change of both patterns takes from `sqrt m` times the gradient."""
    return (1 - _SLOPE) * (_tensor(_READOUTS) @ W)


def _at_kinks(name: str, W: Tensor, left: Tensor) -> Case:
    """Two active neurons with weights W at their kinks, which the first step crosses.

    A third, far from its own kink, has such weights that `left` is left of `sqrt m` times the
    gradient without the two.
    """
    attack, a = Attack.named(name), _tensor(_READOUTS)
    weights = torch.cat((W, (left - _SLOPE * (a @ W))[None]))
    b = torch.cat((_AT_KINK * _EPS * dual_norm(W, attack), _tensor([_FAR])))
    f = Parameters(weights, b, torch.cat((a, _tensor([1.0]))))
    return _untrained(attack, f, torch.zeros_like(W[:1]), _SLOPE)


def _untrained(attack: Attack, f: Parameters, X: Tensor, slope: float) -> Case:
    described = Configuration(
        data=Data("raw", 1, 1, points=((0.0,),)),
        width=1,
        slope=slope,
        train_bias=True,
        f_steps=(0.0,),
        g_steps=(0.0,),
        eps=_EPS,
        scenario="a",
        attack=attack.name,
    )
    return Case.of(described, f, X, torch.ones_like(X[:, 0]), X)


def _tensor(values: list[float] | list[list[float]]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device="cpu")
