"""P2: exact moments of a fresh network."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.probability import measured
from verifier.statements.probability.experiments import FIRST_MOMENTS, MORE_MOMENTS
from verifier.statements.probability.formulas import Concentration
from verifier.statements.probability.judging import (
    MomentTests,
    formulas_of,
    measured_once,
    two_samples,
)
from verifier.statements.statement import (
    ADDED,
    DEFAULT,
    EXACT,
    MOMENTS,
    NIGHTLY,
    StatisticalStatement,
)
from verifier.trial.study import Study

_BY_CALLS = 0.6  # share of a moment that P2 finds in networks asked for one by one


def check(study: Study, out: Comparisons) -> None:
    """P2 at the first two samples; of networks asked for one by one, less exactly but also."""
    (z, x) = two_samples(study)
    slope = study.experiment.only.slope
    theory = formulas_of(study)
    values = measured_once(study, "P2", lambda p: measured.first_moments(p, z, x, slope))
    judge_moments(theory, values, z, x, study.alpha, out)
    key = ("P2 calls", study.experiment)
    if key not in study.kept:
        separate = measured.separate_networks(study)
        study.kept[key] = (
            measured.first_moments(separate, z, x, slope),
            measured.repeated_seeds(study, separate),
        )
    values, repeated = study.kept[key]
    none = torch.zeros_like(repeated)
    out.identity("networks repeated at another seed, changed at the same", repeated, none, none)
    judge_calls(theory, values, z, x, study.alpha, out)


def judge_moments(
    theory: Concentration, values: Tensor, z: Tensor, x: Tensor, alpha: float, out: Comparisons
) -> None:
    """P2's tests on `values (n, 4)`, see `measured.first_moments`."""
    kernel, gradient, square, product = values.unbind(dim=1)
    tests = MomentTests(alpha, out)
    centre = theory.kernel_mean(z, x)
    spread = theory.kernel_variance(z, x)
    tests.mean("mean of the initial kernel, E K_0", kernel, centre, spread, 0.01)
    tests.variance(
        "variance of the initial kernel, Var K_0",
        kernel,
        centre,
        spread,
        theory.kernel_fourth(z, x),
    )
    length, its_spread = theory.gradient_square(), theory.gradient_square_variance(z.shape[1])
    tests.mean(
        "mean square of a fresh network's input gradient, E |nabla f_0|^2",
        gradient,
        length,
        its_spread,
        0.05,
    )
    at_z, at_x = theory.output_square(z), theory.output_square(x)
    tests.mean(
        "mean square of a fresh network's output, E f_0(z)^2",
        square,
        at_z,
        theory.output_product_variance(z, z),
        0.05,
    )
    claimed, spread = theory.output_covariance(z, x), theory.output_product_variance(z, x)
    tests.mean(
        "mean product of a fresh network's outputs, E f_0(z) f_0(x)",
        product,
        claimed,
        spread,
        0.05,
        torch.sqrt(at_z * at_x),
    )


def judge_calls(
    theory: Concentration, values: Tensor, z: Tensor, x: Tensor, alpha: float, out: Comparisons
) -> None:
    """P2's tests on `values (n, 4)` of single calls: two that ties between neurons change."""
    kernel, _, square, _ = values.unbind(dim=1)
    tests = MomentTests(alpha, out)
    centre = theory.kernel_mean(z, x)
    spread = theory.kernel_variance(z, x)
    fourth = theory.kernel_fourth(z, x)
    tests.variance(
        "variance of the initial kernel, Var K_0; a call for each network",
        kernel,
        centre,
        spread,
        fourth,
        _BY_CALLS,
    )
    its_spread = theory.output_product_variance(z, z)
    tests.mean(
        "mean square of the output, E f_0(z)^2; a call for each network",
        square,
        theory.output_square(z),
        its_spread,
        _BY_CALLS,
    )


P2 = StatisticalStatement(
    id="P2",
    statement="E K_0 = Phi, Var K_0 = (3 Phi_{gamma^2} - Phi^2)/m, E |nabla f_0|^2, "
    "mean product of a fresh network's outputs, E f_0(z) f_0(x)",
    plain="Mean and variance of a fresh network's kernel, gradient and output are as stated.",
    kind=MOMENTS,
    basis=EXACT,
    source="this project",
    proof="docs/probability.md",
    rests_on=("P0",),
    carries=ADDED,
    needs=("initialise",),
    latex=r"E K_0 = \Phi, \quad \text{Var} K_0 = \frac{3 \Phi_{\gamma^2} - \Phi^2}{m}, \quad "
    r"E \|\nabla f_0\|^2 = \frac{1 + \gamma^2}{2}, \quad "
    r"E f_0^2 = \frac{1 + \gamma^2}{2} s_z",
    compare=check,
    tests=7,
    experiments={DEFAULT: FIRST_MOMENTS, NIGHTLY: FIRST_MOMENTS + MORE_MOMENTS},
)
