"""Altered forms of the averaged prediction, which the stated form must outdo.

Each is made of what is stated, and comes with its inverse: if what is stated were off by one of
these factors, the true form would be among its rivals and would win.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from verifier.statements.agreement.formulas import Kernel, PhaseDiagram, Response
from verifier.statements.agreement.jointly_normal import Moments, chance_of_agreement
from verifier.statements.agreement.measured import Averaged, averaged
from verifier.trial.configuration import Configuration
from verifier.trial.study import Study

TOWARDS_EVEN = 0.7
"""What is left of a prediction's distance from 1/2 if it is pulled 30% of the way there."""


def _times(**factors: float) -> Callable[[Moments], Moments]:
    def altered(m: Moments) -> Moments:
        return m._replace(**{name: getattr(m, name) * by for name, by in factors.items()})

    return altered


def scaled(kernel: Kernel, by: float) -> Kernel:
    """The kernel times a factor."""

    def times(z: Tensor, X: Tensor, slope: float) -> Tensor:
        return by * kernel(z, X, slope)

    return times


OF_MOMENTS: dict[str, Callable[[Moments], Moments]] = {
    "f_hat halved": _times(f=0.5),
    "f_hat doubled": _times(f=2.0),
    "mu halved": _times(g=0.5),
    "mu doubled": _times(g=2.0),
    "noise halved": _times(noise=0.5),
    "noise doubled": _times(noise=2.0),
    "C halved": _times(shared=0.5),
    "C doubled": _times(shared=2.0),
}

OF_CHANCES: dict[str, Callable[[Tensor], Tensor]] = {
    "pulled towards 1/2": lambda p: 0.5 + TOWARDS_EVEN * (p - 0.5),
    "pushed away from 1/2": lambda p: (0.5 + (p - 0.5) / TOWARDS_EVEN).clamp(0.0, 1.0),
}


class KernelConstant(PhaseDiagram):
    """Phi = 1/3 at all angles, in f_hat and in g_hat: a linear f, and a linear g."""

    @property
    def arc(self) -> float:
        """No dependence on the angle."""
        return 0.0

    def clean_gradient(self) -> Tensor:
        """Of a linear f."""
        self.f_kernel = _a_third
        return super().clean_gradient()

    def clean_prediction(self, z: Tensor) -> Tensor:
        """Of a linear f."""
        self.f_kernel = _a_third
        return super().clean_prediction(z)

    def response(self, z: Tensor, nu: Tensor) -> Response:
        """As if each kernel were 1/3."""
        # without arc, each is the kernel at a right angle
        by = 1 / 3 / (self.slope + (1 - self.slope) ** 2 / 4)
        return Response(*(by * part for part in super().response(z, nu)))


def _a_third(z: Tensor, X: Tensor, slope: float) -> Tensor:
    return torch.full_like(z @ X.mT, 1 / 3)


OF_KERNELS: dict[str, type[PhaseDiagram]] = {"Phi": PhaseDiagram, "Phi = 1/3": KernelConstant}
"""The one that is stated is no rival of itself."""

RIVALS = (*OF_MOMENTS, *OF_CHANCES, *OF_KERNELS)


def forecasts(study: Study, c: Configuration, stated: Averaged) -> dict[str, Tensor]:
    """What each rival of the `stated` form predicts at the points of a cell's runs, (R, P) each."""
    moments, chance = stated
    kernels = {name: averaged(kind, study, c).chance for name, kind in OF_KERNELS.items()}
    return {
        **{name: chance_of_agreement(alter(moments)) for name, alter in OF_MOMENTS.items()},
        **{name: alter(chance) for name, alter in OF_CHANCES.items()},
        **{name: other for name, other in kernels.items() if not torch.equal(other, chance)},
    }
