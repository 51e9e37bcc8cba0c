"""The hunt: gradient ascent on lhs / rhs of a deterministic inequality, to refute or to tighten.

Random configurations come close to a bound only by luck. The hunt chooses the data and the
initial weights themselves, climbs, jumps and starts again. Whatever it finds is then judged by the
statement's own check on the reference: a violation beyond rounding refutes it; otherwise the
largest ratio says how much of the bound is in use.
"""

from __future__ import annotations

import itertools
import math
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from verifier.errors import (
    DivergedError,
    NotComparable,
    require,
    require_count,
)
from verifier.evidence.evidence import Evidence
from verifier.falsify.ascent import ATTAINED, ascend
from verifier.falsify.moves import move, random_case
from verifier.falsify.objective import inequalities
from verifier.model.network import check_slope
from verifier.statements import PATHWISE, PathwiseStatement
from verifier.trial.case import Case
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory
from verifier.trial.trial import Trial

TIGHTEST = Path(__file__).parent / "tightest"
"""Where the tightest cases known are kept, `ID.json`."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_SHOTS = 8  # random cases at a restart; the best of them is climbed
_PATIENCE = 6  # jumps without gain after which the hunt starts anew
_GAIN = 1e-3  # relative; less is no gain


def hunted() -> dict[str, PathwiseStatement]:
    """The statements that the hunt can attack, by id."""
    return {name: s for name, s in PATHWISE.items() if s.is_hunted}


def seconds(budget: str) -> float:
    """The length of a budget such as 30s, 2m or 1h; raises `InputError`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", budget)
    value = float(found[1]) * _UNITS[found[2]] if found else 0.0
    require(value > 0, "budget", repr(budget), "must be a positive time, such as 30s, 2m or 1h")
    return value


@dataclass(frozen=True)
class Found:
    """A checked case: the entry of one inequality that came closest to its bound, or beyond.

    `ratio`: lhs / rhs there. `evidence`: of the whole check on this case.
    """

    case: Case
    conclusion: str
    index: tuple[int, ...]
    lhs: float
    rhs: float
    ratio: float
    evidence: Evidence

    def witness(self, seed: int) -> Case:
        """The case with what it shows, to be written to a file."""
        shown = {
            "statement": self.evidence.statement,
            "conclusion": self.conclusion,
            "index": list(self.index),
            "lhs": self.lhs,
            "rhs": self.rhs,
            "seed": seed,
            "ratio": self.ratio if math.isfinite(self.ratio) else None,
        }
        return replace(self.case, found=shown)


@dataclass
class Hunt:
    """A search for the tightest case of one statement, or for a counterexample.

    `slope`, `width`: fixed for the whole hunt, else drawn anew at every restart. `start`: where
    the first restart begins. `theory`: the formulas under attack. `best`: by conclusion, what was
    found; `refutation`: the counterexample, if there is one, at which the hunt stops.
    `restarts`, `steps`, `evaluations`, `rejected`: random starts, gradient steps, checks on the
    reference, and those of them that diverged. `lost`: restarts of which nothing came back.
    """

    statement: str
    seed: int = 0
    slope: float | None = None
    width: int | None = None
    start: Case | None = None
    theory: Theory | None = None
    best: dict[str, Found] = field(default_factory=dict)
    refutation: Found | None = None
    restarts: int = 0
    steps: int = 0
    evaluations: int = 0
    rejected: int = 0
    elapsed: float = 0.0
    interrupted: bool = False
    lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rule = f"must be an inequality: one of {', '.join(hunted())}"
        require(self.statement in hunted(), "statement", repr(self.statement), rule)
        if self.slope is not None:
            check_slope(self.slope)
        if self.width is not None:
            require_count("width", self.width)

    @property
    def tightest(self) -> Found | None:
        """The largest ratio over all conclusions; the first of those that attain their bound."""
        return max(self.best.values(), key=lambda f: min(f.ratio, ATTAINED), default=None)

    def run(self, budget: float, progress: Callable[[Hunt], None] | None = None) -> Hunt:
        """Hunt for `budget` seconds, until a refutation, or until Ctrl-C, which keeps the best."""
        require(budget > 0, "budget", budget, "must be positive")
        began = time.monotonic()
        try:
            for _ in self._climbs():
                self.elapsed = time.monotonic() - began
                if progress is not None:
                    progress(self)
                if self.refutation is not None or self.elapsed >= budget:
                    break
        except KeyboardInterrupt:
            self.interrupted = True
        self.elapsed = time.monotonic() - began
        return self

    def alone(self) -> Hunt:
        """The same hunt with nothing found yet."""
        return Hunt(self.statement, self.seed, self.slope, self.width, self.start, self.theory)

    def restarted(self, number: int) -> Hunt:
        """A hunt of this one's restart `number` alone, to its end or to a refutation."""
        alone = self.alone()
        for _ in alone._restart(number):
            if alone.refutation is not None:
                break
        return alone

    def take(self, other: Hunt) -> None:
        """Add what a later restart found, as if this hunt had made it."""
        for name, found in other.best.items():
            self._keep(name, found)
        self.refutation = self.refutation or other.refutation
        self.restarts += other.restarts
        self.steps += other.steps
        self.evaluations += other.evaluations
        self.rejected += other.rejected

    def _climbs(self) -> Iterator[None]:
        for number in itertools.count():
            yield from self._restart(number)

    def _restart(self, number: int) -> Iterator[None]:
        """Start anew, climb, jump; yields after every climb. Each has its own random numbers."""
        chance = Random(f"{self.seed} {number}")
        self.restarts += 1
        given = self.start if number == 0 else None
        cases = [random_case(chance, self.slope, self.width) for _ in range(_SHOTS)]
        shots = [(case, self._check(case)) for case in ([given] if given else cases)]
        aims = sorted({name for _, ratios in shots for name in ratios})
        aim = chance.choice(aims) if aims else ""
        able = [(ratios[aim], case) for case, ratios in shots if aim in ratios]
        able = [shot for shot in able if given or shot[0] < ATTAINED]
        if self.refutation is not None or not able:
            yield
            return
        reached, case = max(able, key=lambda shot: shot[0])
        idle, candidate = 0, case
        while idle < _PATIENCE:
            candidate, steps = ascend(self.statement, candidate, aim, self.theory)
            self.steps += steps
            ratio = self._check(candidate).get(aim, 0.0)
            idle = 0 if ratio > reached * (1 + _GAIN) else idle + 1
            if ratio > reached:
                case, reached = candidate, ratio
            yield
            candidate = move(case, chance)

    def _keep(self, name: str, found: Found) -> None:
        """Keep what comes closer to the bound of a conclusion than anything before."""
        if name not in self.best or self.best[name].ratio < min(found.ratio, ATTAINED):
            self.best[name] = found

    def _check(self, case: Case) -> dict[str, float]:
        """The statement's own check on the reference: ratios by conclusion; what is new is kept."""
        self.evaluations += 1
        statement = PATHWISE[self.statement]
        trial = Trial(case.configuration, Subject(theory=self.theory or Theory()), case.start)
        try:
            kept = inequalities(statement, trial)
        except (DivergedError, NotComparable):
            self.rejected += 1
            return {}
        evidence = kept.evidence(statement.id, case.to_json(), case.configuration.data.family)
        for name, sides in kept.sides.items():
            lhs, rhs = float(sides.lhs), float(sides.rhs)
            found = Found(case, name, sides.index, lhs, rhs, sides.ratio, evidence)
            self._keep(name, found)
        if not evidence.holds:
            lhs, rhs = evidence.lhs, evidence.rhs
            ratio = lhs / rhs if rhs > 0 else math.inf
            self.refutation = Found(
                case, evidence.conclusion, evidence.index, lhs, rhs, ratio, evidence
            )
        return {name: sides.ratio for name, sides in kept.sides.items()}
