"""Every comparison of a check on kept configurations, and what it forgives."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from verifier.errors import DivergedError, NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.statements import (
    DEFAULT,
    PATHWISE,
    STATISTICAL,
    PathwiseStatement,
    StatisticalStatement,
)
from verifier.trial.experiment import Experiment
from verifier.trial.study import Study
from verifier.trial.subject import Subject

FILE = Path(__file__).with_name("tolerances.json")
DRAWN, FEWEST = 60, 3
LARGEST = 2000  # characters of a description
REPLICATES, ALPHA = 4, 1e-3


@dataclass(frozen=True)
class Compared:
    """One comparison: how many entries, how many of them under the premise, their bounds' sum."""

    conclusion: str
    entries: int
    held: int
    bound: float


@dataclass
class Noted(Comparisons):
    """Notes each comparison."""

    noted: list[Compared] = field(default_factory=list)

    def _add(
        self,
        conclusion: str,
        lhs: Tensor,
        rhs: Tensor,
        difference: Tensor,
        bound: Tensor,
        premise: Tensor | None,
    ) -> None:
        before = (self.count, self.held)
        super()._add(conclusion, lhs, rhs, difference, bound, premise)
        entries, held = self.count - before[0], self.held - before[1]
        every = bound.double().expand(difference.shape)
        used = every if premise is None else every[premise.expand(difference.shape)]
        self.noted.append(Compared(conclusion, entries, held, float(used.sum())))


def compared(statement: PathwiseStatement, configuration: dict[str, Any]) -> list[Compared]:
    """What the statement's check compares on a configuration, with the reference."""
    out = Noted()
    statement.compare(
        statement.inputs.trial_of(statement.inputs.read(configuration), Subject()), out
    )
    return out.noted


@dataclass(frozen=True)
class Tried:
    """One statistical test: of what, at which rate, and what of it is no matter of chance."""

    conclusion: str
    test: str
    alpha: float
    samples: int
    wanted: float
    claimed: float
    allowance: float | None


def outcomes(statement: StatisticalStatement, experiment: Experiment) -> list[Tried | Compared]:
    """What the statement's check tests and compares on a few replicates of an experiment."""
    out = Noted()
    every = experiment.name.startswith("all-")  # targets: their number decides what is compared
    few = experiment if every else replace(experiment, replicates=REPLICATES)
    statement.compare(Study(few, ALPHA, Subject()), out)
    names = [field.name for field in fields(Tried)]
    tried = [Tried(**{name: test[name] for name in names}) for test in out.tests]
    return [*tried, *out.noted]


def kept() -> dict[str, list[dict[str, Any]]]:
    """By statement, configurations or experiments and what was compared on them."""
    found: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def pathwise(statement: PathwiseStatement) -> list[dict[str, Any]]:
    """Drawn configurations in which every comparison of the check counts at least once."""
    from verifier.suite.drawing import drawn
    from verifier.suite.strategies import strategy_for

    cases: list[dict[str, Any]] = []
    seen: set[str] = set()
    for configuration in drawn(strategy_for(statement), DRAWN, 0):
        described = json.loads(json.dumps(configuration.to_json()))
        if len(json.dumps(described)) > LARGEST:
            continue
        try:
            found = compared(statement, described)
        except (DivergedError, NotComparable):
            continue
        counting = {c.conclusion for c in found if c.held}
        plain = all(math.isfinite(c.bound) for c in found)
        if plain and (len(cases) < FEWEST or counting - seen):
            seen |= counting
            cases.append({"configuration": described, "found": [asdict(c) for c in found]})
    return cases


def statistical(statement: StatisticalStatement) -> list[dict[str, Any]]:
    """The experiments of a default run."""
    return [
        {"experiment": e.name, "found": [asdict(t) for t in outcomes(statement, e)]}
        for e in statement.experiments[DEFAULT]
    ]


if __name__ == "__main__":
    wanted = sys.argv[1:] or [*PATHWISE, *STATISTICAL]
    every = {} if len(sys.argv) == 1 else kept()
    every |= {name: pathwise(s) for name, s in PATHWISE.items() if name in wanted}
    every |= {name: statistical(s) for name, s in STATISTICAL.items() if name in wanted}
    lines = [  # a case on each
        f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, every[name])) + "\n]"
        for name in (*PATHWISE, *STATISTICAL)
        if name in every
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
