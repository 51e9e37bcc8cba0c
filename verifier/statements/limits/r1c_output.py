"""R1c: mean and size of an output's distance from its limit, at widths where that is reached."""

from __future__ import annotations

from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.limits.allowances import compare_allowances
from verifier.statements.limits.fluctuation_experiments import MORE_TRAINED, TRAINED
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.kernel_fluctuation import KernelFluctuation
from verifier.statements.limits.neurons import WHERE, Given, Neurons, trained_neurons
from verifier.statements.statement import DEFAULT, LIMIT, MOMENTS, NIGHTLY, StatisticalStatement
from verifier.statistics import mean, variance
from verifier.trial.study import Study

WANTED = 0.1
"""The share of V that has to be noticed."""

WANTED_MEAN = 0.01
"""The share of `T f_hat` that has to be noticed."""


def check(study: Study, out: Comparisons) -> None:
    """R1c at a new point and at a sample; before that what its tests are allowed."""
    c, given = study.experiment.only, Given.of(study)
    seen = trained_neurons(study, given)
    limits = study.theory[Limits](given.X, given.y, c.f_recipe, study.phi)
    theory = study.theory[KernelFluctuation](given.X, given.y, c.f_recipe)
    centre = c.f_recipe.time * limits.f_hat(given.z)
    compare_allowances(theory, given.z, c.width, out)
    flips = theory.output_flips(given.z, c.width)
    judge_mean(theory, seen, centre, given.z, flips, study.alpha, out)
    scale = c.width ** (1 + 2 * limits.output_rate)
    judge_size(theory, scale, seen, centre, given.z, flips, study.alpha, out)


def _square_flips(theory: KernelFluctuation, centre: Tensor, z: Tensor, flips: Tensor) -> Tensor:
    """How far flips may move `E (xi - T f_hat)^2` from V, (P,)."""
    return (8 * theory.reach(z) + 2 * centre.abs()) * flips


def judge_mean(
    theory: KernelFluctuation,
    seen: Neurons,
    centre: Tensor,
    z: Tensor,
    flips: Tensor,
    alpha: float,
    out: Comparisons,
) -> None:
    """`f_T - f_0` as a multiple of `T f_hat = centre`, over the points together: it is 1.

    `(a^2 - 1) T f_hat`, of mean 0, is taken off: it is most of the noise.
    """
    share = centre / centre.square().sum()
    found = (seen.change - (seen.squares - 1)[:, None] * centre) @ share
    spread = theory.rest_of(theory.weights(z), z)
    spread = spread + _square_flips(theory, centre, z, flips) + 8 * centre.abs() * flips
    most = (share.abs() * spread.sqrt()).sum().square()  # whatever the points' correlation
    out.statistic(
        mean(
            "mean change of the output over its limit, (f_T - f_0)/(T f_hat)",
            found,
            1.0,
            float(most),
            alpha=alpha,
            wanted=WANTED_MEAN,
            tolerance=float(share.abs() @ flips),
        )
    )


def judge_size(
    theory: KernelFluctuation,
    scale: float,
    seen: Neurons,
    centre: Tensor,
    z: Tensor,
    flips: Tensor,
    alpha: float,
    out: Comparisons,
) -> None:
    """`m Var(f_T - f_0) = V` at each point: the mean square of a neuron's part about `T f_hat`.

    `scale`: what an exponent other than -1/2 would make of V, 1 if it is.
    """
    V, allowed = scale * theory.variance(z), _square_flips(theory, centre, z, flips)
    c, R = centre.abs(), theory.reach(z)
    fourth = scale**2 * theory.fourth_bound(z)
    fourth = fourth + 4 * flips * (192 * R**3 + 72 * R**2 * c + 12 * R * c**2 + c**3)
    for p, where in enumerate(WHERE):
        claimed, least, most = (float(t[p]) for t in (V, allowed, fourth))
        name, moments = (
            f"variance of the change of the output, m Var(f_T - f_0), {where}",
            (float(centre[p]), claimed, most),
        )
        wanted = WANTED * claimed
        found = seen.change[:, p]
        out.statistic(variance(name, found, *moments, alpha=alpha, wanted=wanted, tolerance=least))


R1c = StatisticalStatement(
    id="R1c",
    statement="E(f_T - f_0) tends to T f_hat, m Var(f_T - f_0) to V(z)",
    plain="On average training adds the wide limit; the variance falls as one over the width.",
    kind=MOMENTS,
    basis=LIMIT,
    source="this project, sharpens the paper's wide limit of f",
    proof="docs/limits.md",
    rests_on=("D3",),
    carries=(paper.AGREEMENT,),
    needs=("train",),
    latex=r"E [f_T(z) - f_0(z)] \to T \hat f(z), \quad "
    r"m \text{Var}(f_T(z) - f_0(z)) \to V(z)",
    compare=check,
    tests=3,
    needs_double=True,  # a neuron of 1e9 moves by 1e-5
    experiments={DEFAULT: TRAINED, NIGHTLY: TRAINED + MORE_TRAINED},
)
