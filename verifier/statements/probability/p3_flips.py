"""P3: how many neurons training may flip, on average over the initial draw."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.probability import measured
from verifier.statements.probability.experiments import FLIPS, MORE_FLIPS
from verifier.statements.probability.formulas import Concentration
from verifier.statements.probability.judging import (
    MomentTests,
    formulas_of,
    measured_once,
    two_samples,
)
from verifier.statements.statement import DEFAULT, EXACT, MOMENTS, NIGHTLY, StatisticalStatement
from verifier.trial.study import Study


def check(study: Study, out: Comparisons) -> None:
    """P3 at the first two samples under the configuration's schedule; its inequality for many h."""
    c = study.experiment.only
    theory = formulas_of(study)
    points = torch.cat(two_samples(study))
    require(c.loss == "identity", "loss", repr(c.loss), "must be 'identity': M_z is fixed by it")
    X, recipe = study.fixed().X.double(), c.f_recipe
    movement = recipe.time * (points @ X.T + recipe.beta).abs().mean(dim=1)
    values = measured_once(study, "P3", lambda p: measured.flips(p, points, movement, c.slope))
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
    """P3's tests on `values (n, 3)`, see `measured.flips`."""
    mass, excess, seen = values.unbind(dim=1)
    tests, (at_z, at_x) = MomentTests(alpha, out), theory.flip_ratio(points, movement)
    centre, spread = theory.flip_mean(at_z), theory.flip_variance(at_z)
    tests.mean("mean weight of the neurons that may flip, E Q_z", mass, centre, spread, 0.03)
    tests.variance(
        "variance of the weight of the neurons that may flip, Var Q_z",
        mass,
        centre,
        spread,
        theory.flip_fourth(at_z),
    )
    claimed = theory.output_flips(at_z, movement[0])
    spread = theory.output_flips_variance(at_z, movement[0])
    tests.mean(
        "what flips add to f at z at most, E (1-gamma)|a|(|a| M - sqrt m |u|)_+",
        excess,
        claimed,
        spread,
        0.03,
    )
    claimed, spread = theory.sample_flips(at_x), theory.sample_flips_variance(at_x)
    tests.mean(
        "what flips at a sample x change at z, E a^2 phi'(u(z)) flip(x)",
        seen,
        claimed,
        spread,
        0.03,
    )


P3 = StatisticalStatement(
    id="P3",
    statement="E Q_z = (2/pi)(alpha + h/(1+h^2)) <= 4 h/pi, Var Q_z, and what flips do to f",
    plain="So many patterns flip on average when pre-activations move so far.",
    kind=MOMENTS,
    basis=EXACT,
    source="this project, extended",
    proof="docs/probability.md",
    rests_on=("D1", "P0"),
    carries=(paper.AGREEMENT,),
    needs=("initialise",),
    latex=r"E Q_z = \frac{2}{\pi} \left(\alpha + \frac{h}{1 + h^2}\right) \le "
    r"\frac{4 h}{\pi}, \quad h = \frac{M_z}{\sqrt{m s_z}} = \tan \alpha",
    compare=check,
    tests=4,
    experiments={DEFAULT: FLIPS, NIGHTLY: FLIPS + MORE_FLIPS},
)
