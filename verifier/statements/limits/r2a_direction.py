"""R2a: mean and spread of the signed sum of samples, at widths where its limit is reached."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.vectors import unit_rows
from verifier.statements import paper
from verifier.statements.limits.fluctuation_experiments import MORE_TRAINED, TRAINED
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.kernel_fluctuation import KernelFluctuation
from verifier.statements.limits.neurons import WHERE, Given, Neurons, trained_neurons
from verifier.statements.statement import DEFAULT, LIMIT, MOMENTS, NIGHTLY, StatisticalStatement
from verifier.statistics import mean
from verifier.trial.study import Study

WANTED = 0.1
"""The share of the mean square angle that has to be noticed."""

WANTED_PHI = 0.01
"""The error of Phi, the same at all samples, that has to be noticed."""


def check(study: Study, out: Comparisons) -> None:
    """R2a at a new point and at a sample."""
    c, given = study.experiment.only, Given.of(study)
    seen = trained_neurons(study, given)
    limits = study.theory[Limits](given.X, given.y, c.f_recipe, study.phi)
    theory = study.theory[KernelFluctuation](given.X, given.y, c.f_recipe)
    s = limits.direction(given.z)
    judge_length(theory, seen, s, given, c.width, study.alpha, out)
    scale = c.width ** (1 + 2 * limits.direction_rate)
    judge_angle(theory, scale, seen, s, given, c.width, study.alpha, out)


def judge_length(
    theory: KernelFluctuation,
    seen: Neurons,
    s: Tensor,
    given: Given,
    width: int,
    alpha: float,
    out: Comparisons,
) -> None:
    """`sum_n y_n C_n x_n / T = s` on average, along `x = (1/N) sum_n y_n x_n`.

    `<s, x>/|x|^2` is a weighted mean of `Phi(z, x_n)`: an error of Phi is seen as it is.
    """
    x = given.y @ given.X / len(given.y)
    along = x / (theory.recipe.time * x.square().sum())
    w = (given.y / len(given.y) * (given.X @ x) / x.square().sum()).expand(len(s), -1)
    claimed = theory.recipe.time * s @ along
    flips = theory.pull_flips(w, given.z, width)
    spread = theory.rest_of(w, given.z) + 8 * (w.abs().sum(dim=1) + claimed.abs()) * flips
    for p, where in enumerate(WHERE):
        found = seen.pull[:, p] @ along - (seen.squares - 1) * claimed[p]
        numbers = float(claimed[p]), float(spread[p])
        name, allowed = f"mean of the kernel in sum y_n C_n x_n over Phi, {where}", float(flips[p])
        out.statistic(
            mean(name, found, *numbers, alpha=alpha, wanted=WANTED_PHI, tolerance=allowed)
        )


def judge_angle(
    theory: KernelFluctuation,
    scale: float,
    seen: Neurons,
    s: Tensor,
    given: Given,
    width: int,
    alpha: float,
    out: Comparisons,
) -> None:
    """`m E angle^2`, by the part of the sum that is across s.

    `scale`: what an exponent other than -1/2 would make of it, 1 if it is.
    """
    claimed = scale * theory.angle_square(given.z, s)
    unit, length = unit_rows(s), torch.linalg.vector_norm(s, dim=1)
    across = seen.pull - (seen.pull * unit).sum(dim=-1, keepdim=True) * unit
    squares = across.square().sum(dim=-1) / (theory.recipe.time * length) ** 2
    sizes = torch.linalg.vector_norm(theory.across(given.z, s), dim=-1) / length[:, None]
    most, flips = theory.across_most(given.z, s), theory.pull_flips(sizes, given.z, width)
    allowed = 8 * most * flips
    fourth = 105 * most**2 * theory.across_square(given.z, s) + 768 * most**3 * flips
    fourth = scale**2 * fourth
    spread = fourth - claimed**2 + 2 * claimed * allowed
    for p, where in enumerate(WHERE):
        name, least = f"mean square of the angle to s, m E angle^2, {where}", float(allowed[p])
        numbers, wanted = (float(claimed[p]), float(spread[p])), WANTED * float(claimed[p])
        found = squares[:, p]
        out.statistic(mean(name, found, *numbers, alpha=alpha, wanted=wanted, tolerance=least))


R2a = StatisticalStatement(
    id="R2a",
    statement="sum_n y_n C_n x_n is T s on average; m E angle^2 tends to a sum over pairs of x_n",
    plain="The width times the mean square of R2's angle tends to a sum over pairs of samples.",
    kind=MOMENTS,
    basis=LIMIT,
    source="this project, sharpens perturbations are parallel to sums of samples",
    proof="docs/limits.md",
    rests_on=("E1", "R1x"),
    carries=(paper.SIGNED_SUM,),
    needs=("train",),
    latex=r"m E \text{angle}\left(\sum_n y_n C_n(z) x_n, s(z)\right)^2 \to "
    r"\frac{1}{N^2 \|s\|^2} \sum_{n, k} y_n y_k \langle Q x_n, Q x_k \rangle "
    r"\left[ 3 \Psi_{nk} - \Phi(z, x_n) \Phi(z, x_k) \right]",
    compare=check,
    tests=4,
    needs_double=True,  # a neuron of 1e9 moves by 1e-5
    experiments={DEFAULT: TRAINED, NIGHTLY: TRAINED + MORE_TRAINED},
)
