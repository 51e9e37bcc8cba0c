"""One refutation: what was compared, where, and how far the two sides are apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifier.evidence.evidence import Evidence


@dataclass(frozen=True)
class Finding:
    """The worst comparison in evidence: a refutation where the statement does not hold."""

    evidence: Evidence

    @property
    def words(self) -> dict[str, str]:
        """What every report says of it, in its order; the same words everywhere."""
        e = self.evidence
        entry = f", entry {', '.join(map(str, e.index))}" if e.index else ""
        allows = "chance" if e.tests else "rounding"
        return {
            "where": f"{e.conclusion}{entry}, data {e.data}",
            "both sides": f"{e.lhs:.12g}  against  {e.rhs:.12g}",
            "error": f"{e.error:.3g} times what {allows} allows: {e.difference:.6g} apart, "
            f"bound {e.bound:.3g}",
            "smallest": json.dumps(e.configuration),
        }

    def __str__(self) -> str:
        return "\n".join([f"{self.evidence.statement} refuted", *aligned(self.words)])

    def to_json(self) -> dict[str, Any]:
        """Plain data: the comparison, and the words for it."""
        e = self.evidence
        names = ("statement", "conclusion", "data", "lhs", "rhs", "difference", "bound", "error")
        compared = {name: getattr(e, name) for name in names}
        where = {"index": list(e.index), "configuration": dict(e.configuration)}
        return {**compared, **where, "words": self.words}


def aligned(words: Mapping[str, str]) -> list[str]:
    """A line for each of them, its name first."""
    width = max(map(len, words), default=0)
    return [f"  {name:<{width}}  {text}" for name, text in words.items()]


def sides(evidence: Evidence) -> list[str]:
    """What one check found, in a few lines: its verdict, both sides, and how far apart they are."""
    known = Finding(evidence).words
    words = {name: known[name] for name in ("where", "both sides")}
    if evidence.tightness is not None:
        words["tightness"] = f"{evidence.tightness:.10g}, lhs/rhs in the tightest comparison"
    words["error"] = known["error"]
    words["comparisons"] = f"{evidence.comparisons}, premise held in {evidence.held}"
    verdict = "held" if evidence.holds else "REFUTED"
    return [f"{evidence.statement} {verdict}", *aligned(words)]
