"""One refutation: what was compared, where, and how far the two sides are apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from verifier.evidence.evidence import Evidence


@dataclass(frozen=True)
class Finding:
    """The worst comparison of a check: a refutation where the statement does not hold.

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
        """The worst comparison in evidence."""
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

    @property
    def words(self) -> dict[str, str]:
        """What every report says of it, in its order; the same words everywhere."""
        entry = f", entry {', '.join(map(str, self.index))}" if self.index else ""
        return {
            "where": f"{self.conclusion}{entry}, data {self.data}",
            "both sides": f"{self.lhs:.12g}  against  {self.rhs:.12g}",
            "error": f"{self.error:.3g} times what {self.allowed_by} allows: "
            f"{self.difference:.6g} apart, bound {self.bound:.3g}",
            "smallest": json.dumps(self.configuration),
        }

    def __str__(self) -> str:
        return "\n".join([f"{self.statement} refuted", *aligned(self.words)])

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "words": self.words}


def aligned(words: Mapping[str, str]) -> list[str]:
    """A line for each of them, its name first."""
    width = max(map(len, words), default=0)
    return [f"  {name:<{width}}  {text}" for name, text in words.items()]


def sides(evidence: Evidence) -> list[str]:
    """What one check found, in a few lines: its verdict, both sides, and how far apart they are."""
    known = Finding.of(evidence).words
    words = {name: known[name] for name in ("where", "both sides")}
    if evidence.tightness is not None:
        words["tightness"] = f"{evidence.tightness:.10g}, lhs/rhs in the tightest comparison"
    words["error"] = known["error"]
    words["comparisons"] = f"{evidence.comparisons}, premise held in {evidence.held}"
    verdict = "held" if evidence.holds else "REFUTED"
    return [f"{evidence.statement} {verdict}", *aligned(words)]
