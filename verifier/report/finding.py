"""One refutation: what was compared, where, and how far the two sides are apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from verifier.evidence.evidence import Evidence


@dataclass(frozen=True)
class Finding:
    """A statement that does not hold on a configuration.

    `conclusion`, `index`, `data`: what was compared, at which entry, of which data. `lhs`, `rhs`,
    `difference`, `bound`, `error`: as in the evidence. `allowed_by`: chance or rounding.
    """

    statement: str
    conclusion: str
    index: tuple[int, ...]
    data: str
    lhs: float
    rhs: float
    difference: float
    bound: float
    error: float
    allowed_by: str
    configuration: Mapping[str, Any]

    @classmethod
    def of(cls, evidence: Evidence) -> Finding:
        """The finding in evidence that does not hold."""
        return cls(
            statement=evidence.statement,
            conclusion=evidence.conclusion,
            index=evidence.index,
            data=evidence.data,
            lhs=evidence.lhs,
            rhs=evidence.rhs,
            difference=evidence.difference,
            bound=evidence.bound,
            error=evidence.error,
            allowed_by="chance" if evidence.tests else "rounding",
            configuration=dict(evidence.configuration),
        )

    def __str__(self) -> str:
        return (
            f"{self.statement} refuted: {self.conclusion} at {self.index}: "
            f"{self.lhs:.12g} against {self.rhs:.12g}, "
            f"{self.error:.3g} times what {self.allowed_by} allows\n"
            f"configuration: {json.dumps(self.configuration)}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def sides(evidence: Evidence) -> list[str]:
    """What one check found, in a few lines: its verdict, both sides, and how far apart they are."""
    allowed = "what chance allows" if evidence.tests else "the rounding bound"
    lines = [
        f"{evidence.statement} {'held' if evidence.holds else 'REFUTED'}: {evidence.conclusion}",
        f"  both sides  {evidence.lhs:.12g}  against  {evidence.rhs:.12g}",
    ]
    if evidence.tightness is not None:
        lines.append(f"  tightness   {evidence.tightness:.10g}, lhs/rhs in the tightest comparison")
    return [
        *lines,
        f"  error       {evidence.error:.4g} times {allowed}, {evidence.bound:.3g}",
        f"  compared    {evidence.comparisons}, premise held in {evidence.held}",
    ]
