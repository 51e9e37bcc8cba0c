"""What a trained network shows at fresh points, for R1-R4: measured without any theory.

The networks under test enter through `train`, `output` and `input_gradient` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from verifier.model.network import activation_pattern, preactivation, seen_through
from verifier.model.recipe import Recipe
from verifier.statements.limits.formulas import Limits
from verifier.trial.configuration import Configuration
from verifier.trial.study import Study
from verifier.trial.trial import Trial


@dataclass(frozen=True)
class Observed:
    """A network at a draw's fresh points; all float64.

    `output_before`, `output_after (P,)`: `f_0(z)`, `f_T(z)`. `gradient_before`, `gradient_after
    (P, d)`: `nabla f_0(z)`, `nabla f_T(z)`. `signed_sum (P, d)`: `nabla f_T - xi_T`, which by E1
    is `sum_n y_n C_n x_n`.
    """

    X: Tensor
    y: Tensor
    z: Tensor
    recipe: Recipe
    output_before: Tensor
    output_after: Tensor
    gradient_before: Tensor
    gradient_after: Tensor
    signed_sum: Tensor


def observe(trial: Trial, steps: int) -> Observed:
    """Train the trial's f for its first `steps` steps and look at the fresh points."""
    start = trial.draw
    code = trial.code
    recipe = trial.configuration.f_recipe.prefix(steps)
    slope, z = recipe.slope, start.z
    trained = code.train(start.f_0, start.X, start.y, recipe)
    pattern = activation_pattern(preactivation(trained, z), slope)
    gradient_after = code.input_gradient(trained, z, slope)
    return Observed(
        X=start.X.double(),
        y=start.y.double(),
        z=z.double(),
        recipe=recipe,
        output_before=code.output(start.f_0, z, slope),
        output_after=code.output(trained, z, slope),
        gradient_before=code.input_gradient(start.f_0, z, slope),
        gradient_after=gradient_after,
        signed_sum=gradient_after - seen_through(pattern, start.f_0).double(),
    )


def observations(study: Study, c: Configuration, steps: int) -> Iterator[tuple[Limits, Observed]]:
    """Each replicate of a configuration after its first `steps` steps, with its limits.

    Observations are kept in `study.kept`: the statement and its controls share one training.
    """
    for trial in study.trials(c):
        key = ("limits", c, trial.replicate, steps)
        if key not in study.kept:
            study.kept[key] = observe(trial, steps)
        seen: Observed = study.kept[key]
        yield study.theory[Limits](seen.X, seen.y, seen.recipe, study.phi), seen
