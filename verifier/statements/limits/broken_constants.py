"""Altered statements of R1x, R1c and R2a: errors of a constant, which no exponent shows."""

from __future__ import annotations

from torch import Tensor

from verifier.kernel.phi import phi
from verifier.statements.control import Control
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.kernel_fluctuation import KernelFluctuation


class TenthTooSmall(KernelFluctuation):
    def covariance(self, z: Tensor) -> Tensor:
        return 0.9 * super().covariance(z)


class TenthTooLarge(KernelFluctuation):
    def covariance(self, z: Tensor) -> Tensor:
        return super().covariance(z) / 0.9


class ReadoutsOfOneSize(KernelFluctuation):
    def covariance(self, z: Tensor) -> Tensor:
        # E a^4 = 1, as if a = +-1: only the patterns are random
        return super().covariance(z) - 2 * self.pattern_product(z)


class MeanNotTakenOff(KernelFluctuation):
    def covariance(self, z: Tensor) -> Tensor:
        # The mean square for the variance
        return 3 * self.pattern_product(z)


class PatternsPairwise(KernelFluctuation):
    def all_active(self, z: Tensor) -> Tensor:
        # Given z, as if the samples' patterns were independent
        at_z = phi(z, self.X, 0.0)
        return 2 * at_z[:, :, None] * at_z[:, None, :]


class RangeWider(KernelFluctuation):
    def ends(self, z: Tensor) -> Tensor:
        return 1.1 * super().ends(z)


class MoreCrossings(KernelFluctuation):
    def crossings(self, z: Tensor) -> Tensor:
        return 1.1 * super().crossings(z)


class HundredthTooLarge(Limits):
    def f_hat(self, z: Tensor) -> Tensor:
        return 1.01 * super().f_hat(z)


class HundredthTooSmall(Limits):
    def f_hat(self, z: Tensor) -> Tensor:
        return 0.99 * super().f_hat(z)


class KernelTooLarge(Limits):
    def phi(self, z: Tensor) -> Tensor:
        return super().phi(z) + 0.01


class KernelTooSmall(Limits):
    def phi(self, z: Tensor) -> Tensor:
        return super().phi(z) - 0.01


def _constant(
    name: str, what: str, refuted_by: tuple[str, ...], of: type[KernelFluctuation]
) -> Control:
    return Control(name, what, refuted_by, altered={KernelFluctuation: of})


def _limit(name: str, what: str, refuted_by: tuple[str, ...], of: type[Limits]) -> Control:
    return Control(name, what, refuted_by, altered={Limits: of})


class RateSlightlySlower(Limits):
    output_rate = -0.43
    direction_rate = -0.43


class RateSlightlyFaster(Limits):
    output_rate = -0.53
    direction_rate = -0.53


_ALL = ("R1x", "R1c", "R2a")

CONTROLS = (
    _constant("constant-tenth-small", "0.9 of the constant", _ALL, TenthTooSmall),
    _constant("constant-tenth-large", "1/0.9 of the constant", _ALL, TenthTooLarge),
    _constant("readouts-of-one-size", "Psi for 3 Psi", _ALL, ReadoutsOfOneSize),
    _constant("mean-not-taken-off", "3 Psi alone", ("R1x", "R1c"), MeanNotTakenOff),
    _constant("patterns-pairwise", "p_znk = 2 p_zn p_zk", ("R1x",), PatternsPairwise),
    _constant("range-wider", "1.1 R", ("R1c",), RangeWider),
    _constant("crossings-more", "1.1 of the neurons that cross", ("R1c",), MoreCrossings),
    _limit("f_hat-hundredth-large", "1.01 f_hat", ("R1c",), HundredthTooLarge),
    _limit("f_hat-hundredth-small", "0.99 f_hat", ("R1c",), HundredthTooSmall),
    _limit("phi-large", "Phi + 0.01", ("R1c", "R2a"), KernelTooLarge),
    _limit("phi-small", "Phi - 0.01", ("R1c", "R2a"), KernelTooSmall),
    _limit("rate-slightly-slower", "m^-0.43", ("R1c", "R2a"), RateSlightlySlower),
    _limit("rate-slightly-faster", "m^-0.53", ("R1c", "R2a"), RateSlightlyFaster),
)
