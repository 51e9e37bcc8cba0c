"""P1-P3: what holds with high probability, or on average, over the draw of a fresh network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier import fresh
from verifier.claims.base import DEFAULT, MOMENTS, NIGHTLY, PROBABILITY, StatisticalClaim
from verifier.claims.concentration_experiments import (
    FIRST_MOMENTS,
    FLIPS,
    KERNELS,
    MORE_FLIPS,
    MORE_KERNELS,
    MORE_MOMENTS,
)
from verifier.claims.targets import DELTA, NOTICED, TARGETS, keep_ratios
from verifier.concentration import Concentration
from verifier.errors import require
from verifier.evidence import Comparisons
from verifier.network import Parameters
from verifier.statistics import binomial, mean, variance
from verifier.study import Study

_BY_CALLS = 0.6  # share of a moment that P2 finds in networks asked for one by one


def _theory(study: Study) -> Concentration:
    c = study.experiment.only
    require(c.biases, "biases", c.biases, "must be true: P1-P3 speak of networks with biases")
    return study.theory.concentration(c.slope, c.width, study.phi)


def _measured(study: Study, claim: str, measure: Callable[[Parameters], Tensor]) -> Tensor:
    """`measure` on every fresh network, (n, ...); done once, as no theory enters."""
    key = (claim, study.experiment)
    if key not in study.memo:
        study.memo[key] = torch.cat([measure(batch) for batch in fresh.networks(study)])
    found: Tensor = study.memo[key]
    return found


def _pair(study: Study) -> tuple[Tensor, Tensor]:
    """The first two samples, (1, d) each: any two points that no network depends on."""
    X = study.fixed().X[:2].double()
    require(len(X) == 2, "samples", len(X), "must be at least 2")
    return X[:1], X[1:]


@dataclass(frozen=True)
class _Tests:
    """Adds tests of moments that find errors of the share `wanted` of a quantity's `size`."""

    alpha: float
    out: Comparisons

    def mean(
        self,
        conclusion: str,
        values: Tensor,
        claimed: Tensor | float,
        spread: Tensor | float,
        wanted: float,
        size: Tensor | float | None = None,
    ) -> None:
        """`size`: of what the error is a share; the claimed value itself if None."""
        least = wanted * float(claimed if size is None else size)
        self.out.statistic(
            mean(conclusion, values, float(claimed), float(spread), alpha=self.alpha, wanted=least)
        )

    def variance(
        self,
        conclusion: str,
        values: Tensor,
        centre: Tensor,
        claimed: Tensor,
        fourth: Tensor,
        wanted: float = 0.05,
    ) -> None:
        least = wanted * float(claimed)
        moments = float(centre), float(claimed), float(fourth)
        self.out.statistic(variance(conclusion, values, *moments, alpha=self.alpha, wanted=least))


def check_kernel(study: Study, out: Comparisons) -> None:
    """P1 for all pairs of fresh points and samples at once, by the stated and the sharp bound."""
    draw, slope, theory = study.fixed(), study.experiment.only.slope, _theory(study)
    z, X = draw.z.double(), draw.X.double()
    kernels = _measured(study, "P1", lambda p: fresh.initial_kernel(p, z, X, slope))
    judge_kernel(theory, kernels, z, X, study.alpha, out)


def judge_kernel(
    theory: Concentration, kernels: Tensor, z: Tensor, X: Tensor, alpha: float, out: Comparisons
) -> None:
    """P1's tests on `kernels (n, P, N)` of n independent networks."""
    pairs, centre = kernels[0].numel(), theory.kernel_mean(z, X)
    bound = theory.kernel_bound(math.log(4 * pairs / DELTA))
    low, high = theory.kernel_range(z, X, math.log(2 * pairs / DELTA))
    change = kernels - centre
    ratios = {
        "|K_0 - Phi| <= stated bound": change.abs() / bound,
        "K_0 in its sharp range": torch.maximum(change / (high - centre), change / (low - centre)),
    }
    for name, ratio in ratios.items():
        worst = ratio.flatten(1).amax(dim=1)
        found, conclusion = int((~(worst <= 1)).sum()), f"{name}, {pairs} pairs at once"  # or NaN
        out.statistic(binomial(conclusion, found, len(worst), DELTA, alpha=alpha, wanted=NOTICED))
        out.tightness = keep_ratios(out, name, worst)  # in the end that of the sharp range


def check_moments(study: Study, out: Comparisons) -> None:
    """P2 at the first two samples; of networks asked for one by one, less exactly but also."""
    (z, x), slope, theory = _pair(study), study.experiment.only.slope, _theory(study)
    values = _measured(study, "P2", lambda p: fresh.first_moments(p, z, x, slope))
    judge_moments(theory, values, z, x, study.alpha, out)
    key = ("P2 calls", study.experiment)
    if key not in study.memo:
        separate = fresh.separate_networks(study)
        moments = fresh.first_moments(separate, z, x, slope)
        study.memo[key] = moments, fresh.repeated_seeds(study, separate)
    values, repeated = study.memo[key]
    none = torch.zeros_like(repeated)
    out.identity("networks repeated at another seed, changed at the same", repeated, none, none)
    judge_calls(theory, values, z, x, study.alpha, out)


def judge_moments(
    theory: Concentration, values: Tensor, z: Tensor, x: Tensor, alpha: float, out: Comparisons
) -> None:
    """P2's tests on `values (n, 4)`, see `fresh.first_moments`."""
    kernel, gradient, square, product = values.unbind(dim=1)
    tests, centre, spread = (
        _Tests(alpha, out),
        theory.kernel_mean(z, x),
        theory.kernel_variance(z, x),
    )
    tests.mean("E K_0", kernel, centre, spread, 0.01)
    tests.variance("Var K_0", kernel, centre, spread, theory.kernel_fourth(z, x))
    length, its_spread = theory.gradient_square(), theory.gradient_square_variance(z.shape[1])
    tests.mean("E |nabla f_0(z)|^2", gradient, length, its_spread, 0.05)
    at_z, at_x = theory.output_square(z), theory.output_square(x)
    tests.mean("E f_0(z)^2", square, at_z, theory.output_product_variance(z, z), 0.05)
    claimed, spread = theory.output_covariance(z, x), theory.output_product_variance(z, x)
    tests.mean("E f_0(z) f_0(x)", product, claimed, spread, 0.05, torch.sqrt(at_z * at_x))


def judge_calls(
    theory: Concentration, values: Tensor, z: Tensor, x: Tensor, alpha: float, out: Comparisons
) -> None:
    """P2's tests on `values (n, 4)` of single calls: two that ties between neurons change."""
    kernel, _, square, _ = values.unbind(dim=1)
    tests, centre, spread = (
        _Tests(alpha, out),
        theory.kernel_mean(z, x),
        theory.kernel_variance(z, x),
    )
    fourth = theory.kernel_fourth(z, x)
    tests.variance("Var K_0, a call each", kernel, centre, spread, fourth, _BY_CALLS)
    its_spread = theory.output_product_variance(z, z)
    tests.mean("E f_0(z)^2, a call each", square, theory.output_square(z), its_spread, _BY_CALLS)


def check_flips(study: Study, out: Comparisons) -> None:
    """P3 at the first two samples under the configuration's schedule; its inequality for many h."""
    c, theory, points = study.experiment.only, _theory(study), torch.cat(_pair(study))
    require(c.loss == "identity", "loss", repr(c.loss), "must be 'identity': M_z is fixed by it")
    X, recipe = study.fixed().X.double(), c.f_recipe
    movement = recipe.time * (points @ X.T + recipe.beta).abs().mean(dim=1)
    values = _measured(study, "P3", lambda p: fresh.flips(p, points, movement, c.slope))
    judge_flips(theory, values, points, movement, study.alpha, out)
    h = torch.logspace(-8, 8, 65, dtype=X.dtype, device=X.device)
    rounding = 8 * torch.finfo(h.dtype).eps * h
    out.at_most("E Q_z <= 4 h/pi", theory.flip_mean(h), theory.flip_bound(h), rounding)


def judge_flips(
    theory: Concentration,
    values: Tensor,
    points: Tensor,
    movement: Tensor,
    alpha: float,
    out: Comparisons,
) -> None:
    """P3's tests on `values (n, 3)`, see `fresh.flips`."""
    mass, excess, seen = values.unbind(dim=1)
    tests, (at_z, at_x) = _Tests(alpha, out), theory.flip_ratio(points, movement)
    centre, spread = theory.flip_mean(at_z), theory.flip_variance(at_z)
    tests.mean("E Q_z", mass, centre, spread, 0.03)
    tests.variance("Var Q_z", mass, centre, spread, theory.flip_fourth(at_z))
    claimed = theory.output_flips(at_z, movement[0])
    spread = theory.output_flips_variance(at_z, movement[0])
    tests.mean("E (1-gamma)|a|(|a| M - sqrt m |u|)_+", excess, claimed, spread, 0.03)
    claimed, spread = theory.sample_flips(at_x), theory.sample_flips_variance(at_x)
    tests.mean("E a^2 phi'(u(z)) flip(x)", seen, claimed, spread, 0.03)


CONCENTRATION = (
    StatisticalClaim(
        id="P1",
        statement="|K_0 - Phi| <= 2 sqrt(s/m) + 2 s/m + (1-gamma^2) sqrt(s/2m) for J pairs at once "
        "but for 4 J e^-s",
        kind=PROBABILITY,
        source="theory P1; a sharper range",
        latex=r"P\left(\max_j |K_0 - \Phi| > 2 \sqrt{\frac{s}{m}} + \frac{2 s}{m} + "
        r"(1 - \gamma^2) \sqrt{\frac{s}{2 m}}\right) \le 4 J e^{-s}",
        needs=("initialise",),
        compare=check_kernel,
        tests=2,
        experiments={DEFAULT: KERNELS, NIGHTLY: KERNELS + MORE_KERNELS},
    ),
    StatisticalClaim(
        id="P2",
        statement="E K_0 = Phi, Var K_0 = (3 Phi_{gamma^2} - Phi^2)/m, E |nabla f_0|^2, "
        "E f_0(z) f_0(x)",
        kind=MOMENTS,
        source="theory P2 and section 1",
        latex=r"E K_0 = \Phi, \quad \text{Var} K_0 = \frac{3 \Phi_{\gamma^2} - \Phi^2}{m}, \quad "
        r"E \|\nabla f_0\|^2 = \frac{1 + \gamma^2}{2}, \quad "
        r"E f_0^2 = \frac{1 + \gamma^2}{2} s_z",
        needs=("initialise",),
        compare=check_moments,
        tests=7,
        experiments={DEFAULT: FIRST_MOMENTS, NIGHTLY: FIRST_MOMENTS + MORE_MOMENTS},
    ),
    StatisticalClaim(
        id="P3",
        statement="E Q_z = (2/pi)(alpha + h/(1+h^2)) <= 4 h/pi, Var Q_z, and what flips do to f",
        kind=MOMENTS,
        source="theory P3, extended",
        latex=r"E Q_z = \frac{2}{\pi} \left(\alpha + \frac{h}{1 + h^2}\right) \le "
        r"\frac{4 h}{\pi}, \quad h = \frac{M_z}{\sqrt{m s_z}} = \tan \alpha",
        needs=("initialise",),
        compare=check_flips,
        tests=4,
        experiments={DEFAULT: FLIPS, NIGHTLY: FLIPS + MORE_FLIPS},
    ),
    TARGETS,
)
