"""Altered averaged predictions, which R5u must refute."""

from __future__ import annotations

from torch import Tensor

from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.jointly_normal import Moments
from verifier.statements.agreement.r5_agreement import BiasesAlwaysTrained, SlopeOfReLU
from verifier.statements.agreement.rivals import TOWARDS_EVEN, KernelConstant
from verifier.statements.control import Control


class CleanHalved(PhaseDiagram):
    def moments(self, z: Tensor) -> Moments:
        m = super().moments(z)
        return m._replace(f=m.f / 2)


class LearntHalved(PhaseDiagram):
    def moments(self, z: Tensor) -> Moments:
        m = super().moments(z)
        return m._replace(g=m.g / 2)


class LearntDoubled(PhaseDiagram):
    def moments(self, z: Tensor) -> Moments:
        m = super().moments(z)
        return m._replace(g=2 * m.g)


class NoiseHalved(PhaseDiagram):
    def moments(self, z: Tensor) -> Moments:
        m = super().moments(z)
        return m._replace(noise=m.noise / 2)


class NoiseDoubled(PhaseDiagram):
    def moments(self, z: Tensor) -> Moments:
        m = super().moments(z)
        return m._replace(noise=2 * m.noise)


class Unsure(PhaseDiagram):
    def chance(self, moments: Moments) -> Tensor:
        # 30% of the way to a coin's throw
        return 0.5 + TOWARDS_EVEN * (super().chance(moments) - 0.5)


class TooSure(PhaseDiagram):
    def chance(self, moments: Moments) -> Tensor:
        return (0.5 + (super().chance(moments) - 0.5) / TOWARDS_EVEN).clamp(0.0, 1.0)


def _control(name: str, what: str, kind: type[PhaseDiagram]) -> Control:
    return Control(name, what, ("R5u",), altered={PhaseDiagram: kind})


CONTROLS = (
    _control("f-hat-halved", "f_hat / 2", CleanHalved),
    _control("mu-halved", "mu / 2", LearntHalved),
    _control("mu-doubled", "2 mu", LearntDoubled),
    _control("noise-halved", "(V + sd^2) / 2", NoiseHalved),
    _control("noise-doubled", "2 (V + sd^2)", NoiseDoubled),
    _control("unsure", "pulled 30% towards 1/2", Unsure),
    _control("kernel-constant", "Phi = 1/3", KernelConstant),
    _control("too-sure", "pushed away from 1/2", TooSure),
    _control("averaged-biases-trained", "beta = 1", BiasesAlwaysTrained),
    _control("averaged-relu", "gamma = 0", SlopeOfReLU),
)
