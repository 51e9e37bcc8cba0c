"""Prior work's assumptions, row by row, worked out for a configuration: the table's witness."""

from __future__ import annotations

from collections.abc import Callable

from verifier.model.network import output
from verifier.model.training import train
from verifier.statements.prior_work.formulas import CURVES, is_orthogonal
from verifier.statements.prior_work.table1 import (
    ACTIVATION,
    BIAS,
    DATA,
    LOSS,
    PERTURBATION,
    TIME,
    WIDTH,
)
from verifier.statements.statement import PathwiseStatement
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.settings import Settings

LONG = 3.0
"""Training counts as long once every margin `y_n f_T(x_n)` has reached this: then ell' < 0.05."""


def _has_orthogonal_samples(c: Configuration, settings: Settings) -> bool:
    return is_orthogonal(draw(c, settings).X.double(), c.torch_dtype)


def _is_trained_long(c: Configuration, settings: Settings) -> bool:
    start = draw(c, settings)
    f = train(start.f_0, start.X, start.y, c.f_recipe).params
    return bool((start.y * output(f, start.X, c.slope) >= LONG).all())


ASSUMPTIONS: dict[str, Callable[[Configuration, PathwiseStatement, Settings], bool]] = {
    DATA: lambda c, statement, settings: _has_orthogonal_samples(c, settings),
    PERTURBATION: lambda c, statement, settings: "perturb" not in statement.needs,
    TIME: lambda c, statement, settings: _is_trained_long(c, settings),
    LOSS: lambda c, statement, settings: c.loss in CURVES,
    BIAS: lambda c, statement, settings: not c.biases,
    ACTIVATION: lambda c, statement, settings: 0 < c.slope < 1,
    WIDTH: lambda c, statement, settings: True,
}
"""By row: whether a statement on a configuration keeps prior work's assumption.

A statement that needs the implementation's attack uses the gradient; any other uses the oracle or
no perturbation at all. Prior work admits any width.
"""


def violated(
    configuration: Configuration, statement: PathwiseStatement, settings: Settings
) -> tuple[str, ...]:
    """The rows of Table 1 whose assumption does not hold here, in order."""
    return tuple(
        row for row, keeps in ASSUMPTIONS.items() if not keeps(configuration, statement, settings)
    )
