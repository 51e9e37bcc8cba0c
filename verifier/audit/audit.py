"""Everything that can be checked of a saved run, and what is missing for more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from verifier.audit.attack import attack_of, perturbations
from verifier.audit.saved import Saved
from verifier.audit.trial import FinishedTrial, movement
from verifier.audit.weights import black_box, cone, span
from verifier.errors import DivergedError, NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.evidence.evidence import Evidence
from verifier.model.attack import L2
from verifier.statements import PATHWISE

WEIGHTS = ("W0", "W", "X")
SUMS = (*WEIGHTS, "a", "y")
SCHEDULE = (*SUMS, "slope", "loss", "steps")
ATTACK = ("W", "a", "X", "slope", "r", "targets", "eps")
OF_G = ("g_W0", "g_a", "g_W", "g_steps", "scenario")
LEARNT = tuple(dict.fromkeys((*SCHEDULE, *ATTACK, *OF_G)))


@dataclass(frozen=True)
class Outcome:
    """What one check found: `evidence`, or the `reason` why it says nothing."""

    statement: str
    by: str
    evidence: Evidence | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether it was checked, and held."""
        return self.evidence is not None and self.evidence.holds

    @property
    def is_refuted(self) -> bool:
        """Whether it was checked, and did not."""
        return self.evidence is not None and not self.evidence.holds


@dataclass
class Audit:
    """A saved run under check. `name`: what findings call it."""

    saved: Saved
    name: str

    @cached_property
    def trial(self) -> FinishedTrial:
        """The run as a trial; needs the schedule."""
        return FinishedTrial(self.saved)

    def outcomes(self) -> list[Outcome]:
        """Of every check, in order."""
        return [self._outcome(part) for part in PARTS]

    def _outcome(self, part: Part) -> Outcome:
        name = part.statement
        if part.by == BY_ATTACK and attack_of(self.saved) != L2:
            name = "E8"
        absent = self.saved.missing(part.needs)
        if absent:
            return Outcome(name, part.by, reason=f"needs {', '.join(absent)}")
        out = Comparisons()
        try:
            part.check(self, out)
        except (DivergedError, NotComparable) as problem:
            return Outcome(name, part.by, reason=str(problem))
        if out.held == 0 or part.silent(out):
            return Outcome(name, part.by, reason=part.nothing)
        return Outcome(name, part.by, out.evidence(name, {}, self.name))


BY_WEIGHTS, BY_PATH, BY_ATTACK, BY_BOTH = (
    "from weights alone",
    "with the schedule",
    "of the perturbations",
    "of what was learnt from them",
)


@dataclass(frozen=True)
class Part:
    """A check: of which statement, what it needs, and why it may say `nothing`."""

    statement: str
    by: str
    needs: tuple[str, ...]
    check: Callable[[Audit, Comparisons], None]
    nothing: str = ""
    silent: Callable[[Comparisons], bool] = lambda out: False


def _on_path(statement: str, needs: tuple[str, ...] = SCHEDULE, by: str = BY_PATH) -> Part:
    """A statement's own check on the run as a trial."""
    compare = PATHWISE[statement].compare
    return Part(statement, by, needs, lambda audit, out: compare(audit.trial, out))


NO_CONE = "signed sums of so many samples can be anything"
PARTS = (
    Part("E1b", BY_WEIGHTS, SUMS, lambda audit, out: black_box(audit.saved, out), NO_CONE),
    Part(
        "E6",
        BY_WEIGHTS,
        WEIGHTS,
        lambda audit, out: span(audit.saved, out),
        "the samples span the space",
    ),
    Part("D1", BY_WEIGHTS, SUMS, lambda audit, out: cone(audit.saved, out), NO_CONE),
    _on_path("E1"),
    _on_path("E2"),
    Part(
        "E3",
        BY_PATH,
        SCHEDULE,
        lambda audit, out: PATHWISE["E3"].compare(audit.trial, out),
        "the samples are dependent: their weights cannot be read off gradients",
        lambda out: "recovered from gradients" not in out.notes,
    ),
    Part("D1", BY_PATH, SCHEDULE, lambda audit, out: movement(audit.trial, out)),
    _on_path("D2"),
    _on_path("D3"),
    Part("E4", BY_ATTACK, ATTACK, lambda audit, out: perturbations(audit.saved, out)),
    _on_path("E5", LEARNT, BY_BOTH),
)
"""Every check, in the order in which it is told. E4 is E8 where the attack is not L2's."""
