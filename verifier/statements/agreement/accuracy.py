"""P6: how accurate f and g are on the mean-shifted Gaussian, from its settings alone (a heuristic).

Half the samples are in each class, `x = y mu + noise` with unit variance and `|mu|^2 = c^2 d`; the
loss is the identity, g learns from perturbations alone. Right in the limit of many dimensions and
samples, for networks that stay lazy. Altered forms subclass `Accuracy`: each formula is one method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import scipy

from verifier.errors import require
from verifier.trial.configuration import Configuration


class Sides(NamedTuple):
    """A value for two samples of one class, and for two of different classes."""

    same: float
    other: float

    @property
    def mean(self) -> float:
        """Their mean."""
        return (self.same + self.other) / 2

    @property
    def mean_square(self) -> float:
        """The mean of their squares."""
        return (self.same**2 + self.other**2) / 2


@dataclass(frozen=True)
class Accuracy:
    """The settings: `c` the shift of each coordinate, `d`, `N`, slope, beta, times, eps, width."""

    c: float
    d: int
    N: int
    slope: float
    beta: float
    f_time: float
    g_time: float
    eps: float
    width: int

    @classmethod
    def of(cls, configuration: Configuration) -> Accuracy:
        """Those of a configuration; `InputError` unless it is of the kind that P6 is about."""
        c = configuration
        kind = (c.data.family, c.data.labels, c.data.arrangement, c.loss, c.scenario, c.biases)
        is_meant = kind == ("shifted", "class", "none", "identity", "a", True)
        rule = "must be shifted data by class, the identity loss, scenario (a), and biases"
        require(is_meant and c.data.scale == 1, "configuration", kind, rule)
        f, g = c.f_recipe, c.g_recipe
        sizes = c.data.separation, c.data.dimension, c.data.samples
        return cls(*sizes, c.slope, f.beta, f.time, g.time, c.eps, c.width)

    # --- the kernel between samples ---------------------------------------------------------------

    @property
    def size(self) -> float:
        """`s_x = 2 + c^2` of a sample."""
        return 2 + self.c**2

    @property
    def arc(self) -> float:
        """`(1-gamma)^2/(2 pi)`."""
        return (1 - self.slope) ** 2 / (2 * math.pi)

    @property
    def most(self) -> float:
        """`Phi(x, x) = (1+gamma^2)/2`."""
        return (1 + self.slope**2) / 2

    def angle(self, sign: int) -> float:
        """Between two samples of one class (`sign` 1) or of both: `arccos((1 +- c^2)/S)`."""
        return math.acos((1 + sign * self.c**2) / self.size)

    def kernel(self, theta: float) -> float:
        """`Phi` at an angle."""
        return self.slope + self.arc * (math.pi - theta)

    @cached_property
    def phi(self) -> Sides:
        """`Phi_+-`."""
        return Sides(self.kernel(self.angle(1)), self.kernel(self.angle(-1)))

    @cached_property
    def attacked(self) -> float:
        """`Phi_a`: between a fresh point and a perturbation of length eps."""
        return self.kernel(math.acos((self.size * (1 + self.eps**2 / self.d)) ** -0.5))

    # --- nabla f_hat at a sample: alpha of the class means, delta of the sample itself ------------

    @cached_property
    def alpha(self) -> float:
        """How much of y mu is in `nabla f_hat(x)`."""
        flips = 1 / math.sin(self.angle(1)) - 1 / math.sin(self.angle(-1))
        return self.phi.mean + self.c**2 * self.arc / (2 * self.size) * flips

    @cached_property
    def turned(self) -> Sides:
        """`c^2 arc cot theta_+-/S`: a longer point is at another angle."""
        by = self.c**2 * self.arc / self.size
        return Sides(by / math.tan(self.angle(1)), by / math.tan(self.angle(-1)))

    @cached_property
    def delta(self) -> float:
        """How much of y x is, x the sample itself."""
        return (self.most - self.phi.same) / self.N - self.turned.mean

    @cached_property
    def psi(self) -> Sides:
        """`Phi_+- +- c^2 arc/(S sin theta_+-)`: how much of the other samples' noise, times N."""
        by = self.c**2 * self.arc / self.size
        flips = by / math.sin(self.angle(1)), by / math.sin(self.angle(-1))
        return Sides(self.phi.same + flips[0], self.phi.other - flips[1])

    @cached_property
    def psi_along(self) -> Sides:
        """The same of noise along mu, which makes a sample longer too; of f_hat, not of h."""
        return Sides(self.psi.same - self.turned.same, self.psi.other - self.turned.other)

    def along(self) -> float:
        """Of `|h|^2`, h the limit's gradient at a sample, what is along mu."""
        return (self.alpha + self.delta) ** 2 * self.c**2 * self.d

    def across(self) -> float:
        """What is across it: the sample's own noise, and the others'."""
        others = self.psi.mean_square + 2 * self.delta * self.psi.same
        return self.d * (self.delta**2 + others / self.N)

    def start(self) -> float:
        """`E|nabla f_0|^2 = (1+gamma^2)/2`."""
        return self.most

    def flips(self) -> float:
        """What finite width adds to `E|nabla f|^2`, R3c's `c/sqrt m` on average."""
        pull = self.c**2 * self.d * (1 + self.slope) / 2 / math.sqrt(self.size * self.width)
        return 2 / math.pi * (1 - self.slope) ** 2 * self.f_time * pull

    def length(self) -> float:
        """`D`, the length of `nabla f` at a sample."""
        return math.sqrt(
            self.f_time**2 * (self.along() + self.across()) + self.start() + self.flips()
        )

    # --- g ----------------------------------------------------------------------------------------

    def signal(self) -> float:
        """`T_f (alpha + delta) c^2 d/D`: how far a perturbation of length 1 points to its class."""
        return self.f_time * (self.alpha + self.delta) * self.c**2 * self.d / self.length()

    def noise(self) -> float:
        """`V`: what else a fresh point meets in a perturbation of length 1."""
        learnt = self.f_time**2 * (self.of_samples() + self.bayes())
        return (learnt + self.of_start()) / self.length() ** 2

    def of_samples(self) -> float:
        """The samples' noise that f has learnt."""
        return (1 + self.c**2) * (self.psi.mean + self.delta) ** 2 * self.d / self.N

    def of_start(self) -> float:
        """`(1 + c^2) Phibar`: f's start, seen at all samples."""
        return (1 + self.c**2) * self.phi.mean

    def bayes(self) -> float:
        """`(alpha + delta)^2 c^2 d`: a fresh point's own noise along mu, which no rule can know."""
        return self.along()

    def targets(self) -> float:
        """`beta/N`: what random targets make of trained biases."""
        return self.beta / self.N

    def own_output(self) -> float:
        """`E g_0(z)^2 = (1+gamma^2)/2 S`."""
        return self.most * self.size

    def of_g(self) -> float:
        """How often g has the right sign at a fresh point."""
        return self._right(self.targets(), 0.0)

    def of_g_given(self, mean_of_targets: float) -> float:
        """The same given `(1/N) sum_n ytil_n`: trained biases tilt g by it at every point alike.

        It helps one class and harms the other. Of a normal mean with variance `1/N`, as random
        targets have it, the average is `of_g`.
        """
        return self._right(0.0, self.beta * mean_of_targets)

    def _right(self, scatter: float, tilt: float) -> float:
        """With the targets' part of g as noise of this variance, or as so large a tilt."""
        reach = self.g_time * self.attacked
        noise = self.own_output() + reach**2 * (scatter + self.eps**2 * self.noise())
        sides = [reach * (self.eps * self.signal() + sign * tilt) for sign in (1, -1)]
        return float(scipy.special.ndtr([side / math.sqrt(noise) for side in sides]).mean())

    # --- f ----------------------------------------------------------------------------------------

    def own_sample(self) -> float:
        """What a sample adds to f_hat at itself, beyond what another of its class adds."""
        size = self.most * ((1 + self.c**2) * self.d + self.beta)
        return (size - self.phi.same * (self.c**2 * self.d + self.beta)) / self.N

    def mean_of_f(self) -> float:
        """Of `y f_hat` at a fresh point."""
        flat = self.beta * (self.phi.same - self.phi.other) / 2
        return self.c**2 * self.d * self.phi.mean + flat

    def noise_of_f(self) -> float:
        """Variance of `y f_hat` at a fresh point: its own noise along mu, and the samples'."""
        samples = self.psi.mean_square + self.c**2 * self.psi_along.mean_square
        own = (self.alpha - self.turned.mean) ** 2 * self.c**2
        return (own + samples / self.N) * self.d

    def of_f(self, on_samples: bool = False) -> float:
        """How often f has the right sign at a fresh point, or at its own samples."""
        mean = self.mean_of_f() + (self.own_sample() if on_samples else 0.0)
        spread = math.sqrt(self.most * self.size + self.f_time**2 * self.noise_of_f())
        return float(scipy.special.ndtr(self.f_time * mean / spread))
