"""Statements certified on the draws of configurations small enough for ball arithmetic.

What is certified is the statement on that draw, with the true numbers: no rounding bound of the
library takes part, nor does any training code but the one written out in balls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from flint import ctx

from verifier.evidence.evidence import Evidence
from verifier.model.recipe import Recipe
from verifier.statements.certificates.balls.network import Run, UndecidedSign, exact
from verifier.statements.certificates.balls.statements import Statements
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.settings import Settings

CLOSE = 1e-40
"""To within this a difference vanishes, and an inequality that is attained holds."""

BITS = (400, 1600)
"""Precisions tried: the second where the first leaves a sign open."""


@dataclass(frozen=True)
class Enclosure:
    """The worst of a statement's comparisons on one configuration, as the ends of its ball.

    Of E1 and E2 the size of a difference, of D1, D2 and D3 an excess. `upper`, `lower`: the largest
    of each end over all `comparisons`.
    """

    statement: str
    lower: float
    upper: float
    comparisons: int

    @property
    def certifies(self) -> bool:
        """Whether the statement surely holds, to within `CLOSE`."""
        return self.upper <= CLOSE

    @property
    def refutes(self) -> bool:
        """Whether it surely does not hold: some ball lies wholly on the wrong side of 0."""
        return self.lower > 0

    def evidence(self, configuration: Configuration) -> Evidence:
        """As every report reads it; its error is in units of `CLOSE`."""
        excess = min(max(self.upper, 0.0), 1.0)  # JSON cannot hold infinity
        return Evidence(
            statement=self.statement,
            configuration=configuration.to_json(),
            data=configuration.data.family,
            conclusion="what both sides differ by, or the excess, in ball arithmetic",
            index=(),
            lhs=excess,
            rhs=0.0,
            difference=excess,
            bound=CLOSE,
            error=excess / CLOSE,
            tightness=None,
            comparisons=self.comparisons,
            held=self.comparisons,
            notes={"certified in ball arithmetic": int(self.certifies)},
            label="ball arithmetic",
        )


def certify(
    configuration: Configuration,
    settings: Settings | None = None,
    statements: type[Statements] = Statements,
) -> dict[str, Enclosure]:
    """Each statement's enclosure on the draw of a configuration, at its points and samples.

    Raises `UndecidedSign` where a pattern stays unknown at every precision, `InputError` for a loss
    that is not known in balls.
    """
    start, recipe = draw(configuration, settings), configuration.f_recipe
    for bits in BITS[:-1]:
        try:
            return _enclosures(start, recipe, statements, bits)
        except UndecidedSign:
            continue
    return _enclosures(start, recipe, statements, BITS[-1])


def _enclosures(
    start: Draw, recipe: Recipe, statements: type[Statements], bits: int
) -> dict[str, Enclosure]:
    ends: dict[str, list[tuple[float, float]]] = {}
    with ctx.workprec(bits):
        found = statements(Run(start, recipe))
        for z in (*exact(start.z), *found.run.X[:2]):
            for name, ball in found.comparisons(z):
                size = abs(ball) if name.startswith("E") else ball
                ends.setdefault(name, []).append((float(size.lower()), float(size.upper())))
    return {name: _worst(name, each) for name, each in ends.items()}


def _worst(name: str, ends: list[tuple[float, float]]) -> Enclosure:
    if any(math.isnan(high) for _, high in ends):  # of a ball that holds everything
        return Enclosure(name, -math.inf, math.inf, len(ends))
    lower, upper = (max(side) for side in zip(*ends, strict=True))
    return Enclosure(name, lower, upper, len(ends))
