"""One record of one check: what was compared, how well it held, and how to do it again.

Every report reads these records and nothing else. A record keeps the worst comparison of its
check; `error` is the violation in units of the rounding bound, so that a statement holds
if and only if `error <= 1`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """The outcome of one check of one statement on one configuration.

    `conclusion`, `index`: which comparison was worst and where. `lhs`, `rhs`: its two sides (of
    vectors, where they are furthest apart). `difference`: their distance, or the excess lhs - rhs
    of an inequality. `bound`: what rounding allows. `error`: difference / bound; the statement
    holds iff error <= 1. `tightness`: largest lhs / rhs over inequalities that held, None for
    identities. `comparisons`: comparisons made; `held`: those whose premise held. `notes`: counts
    worth reporting, e.g. zero perturbations. `label`: "" or what the configuration
    was chosen to show. `tests`: the outcomes of statistical tests, as
    `statistics.Outcome.to_json`. `series`: numbers to draw, by name.
    """

    statement: str
    configuration: Mapping[str, Any]
    data: str
    conclusion: str
    index: tuple[int, ...]
    lhs: float
    rhs: float
    difference: float
    bound: float
    error: float
    tightness: float | None
    comparisons: int
    held: int
    notes: Mapping[str, int] = field(default_factory=dict)
    label: str = ""
    tests: tuple[Mapping[str, Any], ...] = ()
    series: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether every comparison stayed within its rounding bound."""
        return self.error <= 1

    @property
    def is_vacuous(self) -> bool:
        """Whether no comparison had its premise fulfilled."""
        return self.held == 0

    def to_json(self) -> str:
        """One line of JSON; `from_json` returns an equal record."""
        return json.dumps(vars(self))

    @classmethod
    def from_json(cls, line: str) -> Evidence:
        """The record that `to_json` wrote."""
        fields = json.loads(line)
        for name in ("index", "tests"):
            fields[name] = tuple(fields[name])
        return cls(**fields)
