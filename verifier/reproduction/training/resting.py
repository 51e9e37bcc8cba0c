"""The sums that a step needs under the identity loss, renewed only where a pattern may change.

With that loss neurons never meet in training: neuron i moves along
`G_i = sum_n y_n phi'(u_in) x_n`, which is constant as long as its pattern over the samples is.
Until then its pre-activations are known in advance up to two numbers, so it can rest until the
first time that one of them could reach 0. Nothing is approximated. Where most neurons chatter at
their kinks, resting does not pay and the sums are computed afresh in every step.
"""

from __future__ import annotations

import torch
from torch import Tensor

_SAFE_SHARE = 0.999
"""Of the way to the nearest kink: rounding must not carry a neuron across it."""
_LOOK_AT_ALL_FROM = 0.5
"""Share of the neurons from which picking them out costs more than it saves."""
_TOO_MANY_CHANGED = 0.75
"""Share of changed patterns from which looking for resting neurons does not pay."""
_STEPS_WITHOUT_LOOKING = 16
"""How many steps follow without a look for resting neurons once it did not pay."""
_SHORTEST_REST = 4.0
"""Steps; a briefer rest does not pay."""
_LOOKS_TO_WAIT = 8
"""Looks until a neuron that would rest too briefly may try again."""


class PatternSums:
    """`G (B, R, d+1)` of R neurons on each of B data sets, kept up to date along a descent.

    `samples (B, N, d+1)`: `(x_n, 1)`; `signed`: the same times `y_n / N`. With momentum the steps
    must not grow along the descent, or a neuron might rest for too long.
    """

    def __init__(self, samples: Tensor, signed: Tensor, slope: float, neurons: int) -> None:
        B, _, columns = samples.shape
        self.G = samples.new_empty(B, neurons, columns)
        self._parts = [
            _OneDataSet(samples[b], signed[b], slope, self.G[b]) for b in range(len(samples))
        ]

    def update(self, theta: Tensor, velocity: Tensor, readout: Tensor, reach: Tensor) -> Tensor:
        """G at `theta (B, R, d+1)`, which moves on with `velocity` and pull `readout (R, 1)` G.

        `reach (B, R)`: in units of the velocity, how far it alone can still carry a neuron.
        """
        for b, part in enumerate(self._parts):
            part.update(theta[b], velocity[b], readout, reach[b])
        return self.G

    def advance(self, momentum: float, steps: Tensor) -> None:
        """Count one step, of size `steps (B, R)`."""
        for b, part in enumerate(self._parts):
            part.advance(momentum, steps[b])


class _OneDataSet:
    """The same for one data set.

    A resting neuron has moved, since its pattern was last looked at, by `alpha v + beta q` with
    its velocity v and pull q of that time, `0 <= alpha <= reach` and `beta` growing. It rests
    while `beta < allowance`.
    """

    def __init__(self, samples: Tensor, signed: Tensor, slope: float, G: Tensor) -> None:
        self.samples = samples
        self.signed = signed
        self.slope = slope
        self.total = signed.sum(dim=0)
        self.G = G.copy_(slope * self.total)  # of patterns without an active sample
        self.active = samples.new_zeros(len(G), len(samples), dtype=torch.bool)
        self.allowance = samples.new_full((len(G),), -1.0)
        self.beta = torch.zeros_like(self.allowance)
        self.speed = torch.zeros_like(self.allowance)
        self.looks_to_wait = torch.zeros_like(self.allowance)
        self.steps_without_looking = 0
        self.patterns_outdated = False

    def update(self, theta: Tensor, velocity: Tensor, readout: Tensor, reach: Tensor) -> None:
        if self.steps_without_looking:
            self.steps_without_looking -= 1
            self.G.copy_(self._sums((theta @ self.samples.T).ge_(0)))
            self.patterns_outdated = True
            return
        rows = (self.beta >= self.allowance).nonzero().squeeze(-1)
        if len(rows) == 0:
            return
        everything = len(rows) > _LOOK_AT_ALL_FROM * len(theta)
        if everything:
            rows = torch.arange(len(theta), device=theta.device)
        u = (theta if everything else theta[rows]) @ self.samples.T
        active = u >= 0
        same = (active == (self.active if everything else self.active[rows])).all(dim=-1)
        if self.patterns_outdated:
            same.zero_()
        self._renew(rows[~same], active[~same])
        self.looks_to_wait[rows] -= 1
        eligible = same & (self.looks_to_wait[rows] < 0)
        resting = rows[eligible]
        if len(resting):
            self._rest(
                resting, u[eligible], active[eligible], velocity[resting], readout, reach[resting]
            )
        if (
            everything
            and not self.patterns_outdated
            and int(same.sum()) < (1 - _TOO_MANY_CHANGED) * len(rows)
        ):
            self.steps_without_looking = _STEPS_WITHOUT_LOOKING
        self.patterns_outdated = False

    def _sums(self, active: Tensor) -> Tensor:
        """G of patterns given as 0 and 1."""
        sums = active @ self.signed
        return sums.mul_(1 - self.slope).add_(self.total, alpha=self.slope) if self.slope else sums

    def _renew(self, rows: Tensor, active: Tensor) -> None:
        self.active[rows] = active
        self.G[rows] = self._sums(active.to(self.G.dtype))
        self.allowance[rows] = -1.0

    def _rest(
        self,
        rows: Tensor,
        u: Tensor,
        active: Tensor,
        velocity: Tensor,
        readout: Tensor,
        reach: Tensor,
    ) -> None:
        """Find out how long the pattern of `rows` is sure to last."""
        X = self.samples.T
        sign = torch.where(active, 1.0, -1.0).to(u.dtype)
        slack = u * sign
        slack += ((velocity @ X) * sign).clamp_(max=0) * reach.unsqueeze(-1)
        closing = (((readout[rows] * self.G[rows]) @ X) * sign).neg_().clamp_(min=0)
        ratio = torch.where(slack > 0, slack / closing, -1.0)
        self.allowance[rows] = _SAFE_SHARE * ratio.amin(dim=-1)
        self.beta[rows] = 0.0
        self.speed[rows] = 0.0
        self.looks_to_wait[rows] = 0.0

    def advance(self, momentum: float, steps: Tensor) -> None:
        brief = (self.beta == 0) & (self.allowance < _SHORTEST_REST * steps)
        self.looks_to_wait.masked_fill_(brief & (self.looks_to_wait <= 0), _LOOKS_TO_WAIT)
        self.speed.mul_(momentum).add_(1)
        self.beta.addcmul_(steps, self.speed)
