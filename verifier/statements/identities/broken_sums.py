"""Sums that predictions are made of which are wrong, each for K2."""

from __future__ import annotations

from torch import Tensor

from verifier.kernel.phi import k_inf
from verifier.model.device import reads_wait
from verifier.statements.control import Control
from verifier.statements.identities.k2_sums import Sums
from verifier.statements.identities.pairs import Pairs


class LastTileLost(Sums):
    def kernel(self, z: Tensor, weights: Tensor, beta: float) -> Tensor:
        # Samples beyond the first 2048 are forgotten
        return Sums(self.X[:2048], self.slope).kernel(z, weights[:2048], beta)


class LeftOutForGood(Sums):
    def kernel(self, z: Tensor, weights: Tensor, beta: float) -> Tensor:
        # Where near pairs are to be added later, those that coincide never are
        found = super().kernel(z, weights, beta)
        if not reads_wait(z.device):
            return found
        same = (z.unsqueeze(1) == self.X).all(dim=2)
        return found - (same * k_inf(z, self.X, self.slope, beta)) @ weights


class WithoutBias(Sums):
    def gradient(self, z: Tensor, weights: Tensor, beta: float) -> Tensor:
        # <z, x_n> alone
        return super().gradient(z, weights, 0.0)


class Unweighted(Sums):
    def direction(self, z: Tensor, weights: Tensor) -> Tensor:
        # The signs of the weights alone
        return super().direction(z, weights.sign())


class CuspPulls(Pairs):
    def gradient(self) -> Tensor:
        # Near pairs are dropped like coinciding ones
        return super().gradient().masked_fill(self.root.unsqueeze(2) < 1e-4, 0.0)


class SlopeOnce(Pairs):
    def arc(self) -> float:
        # 1 - gamma for (1 - gamma)^2
        return super().arc() / (1 - self.slope) if self.slope < 1 else 0.0


class DrawsOff(Pairs):
    def terms(self, draws: Tensor, weights: Tensor, beta: float) -> tuple[Tensor, Tensor]:
        # What each draw adds, a millionth too much
        terms, sizes = super().terms(draws, weights, beta)
        return terms * (1 + 1e-6), sizes


CONTROLS = (
    Control("sums-last-tile", "the last tile is lost", ("K2",), altered={Sums: LastTileLost}),
    Control("sums-left-out", "left out for good", ("K2",), altered={Sums: LeftOutForGood}),
    Control("sums-no-beta", "a sum without beta", ("K2",), altered={Sums: WithoutBias}),
    Control("sums-of-signs", "signs for weights", ("K2",), altered={Sums: Unweighted}),
    Control("sums-near-pairs", "near pairs are dropped", ("K2",), altered={Pairs: CuspPulls}),
    Control("sums-slope-once", "1 - gamma for its square", ("K2",), altered={Pairs: SlopeOnce}),
    Control("sums-of-draws", "draws off by a millionth", ("K2",), altered={Pairs: DrawsOff}),
)
