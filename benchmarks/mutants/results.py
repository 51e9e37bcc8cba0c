"""What was found: a line for each mutant, kept over days."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.mutants import lines
from benchmarks.mutants.judging import NEVER_RUN, SURVIVED, Verdict
from benchmarks.mutants.syntax import Mutation


@dataclass(frozen=True)
class Found:
    """One mutant and its verdict; `fingerprint` is that of the project it was found in.

    Of a survivor: calls `compared` with the original's, those of them with `differing` results.
    """

    id: str
    family: str
    file: str
    line: int
    operator: str
    before: str
    after: str
    status: str
    killed_by: str
    tests: int
    seconds: float
    fingerprint: str
    compared: int = 0
    differing: int = 0

    @classmethod
    def of(
        cls,
        id: str,
        family: str,
        name: str,
        m: Mutation,
        verdict: Verdict,
        fingerprint: str,
        calls: tuple[int, int] = (0, 0),
    ) -> Found:
        """Puts together what is kept of a mutant."""
        return cls(
            id=id,
            family=family,
            file=name,
            line=m.start[0],
            operator=m.operator,
            before=m.before,
            after=m.after,
            status=verdict.status,
            killed_by=verdict.killed_by,
            tests=verdict.tests,
            seconds=round(verdict.seconds, 1),
            fingerprint=fingerprint,
            compared=calls[0],
            differing=calls[1],
        )

    @property
    def is_noticed(self) -> bool:
        """Whether a test failed, or could not be finished."""
        return self.status not in (SURVIVED, NEVER_RUN)

    def is_equivalent(self, why: dict[str, str]) -> bool:
        """Whether nobody could have noticed: a person says why, and no call's result differs."""
        return not self.is_noticed and self.id in why and not self.differing

    @property
    def calls(self) -> str:
        """What its results were, in words."""
        if not self.compared:
            return "No call could be compared."
        if not self.differing:
            return f"Equal results in {self.compared} calls."
        return f"Other results in {self.differing} of {self.compared} calls."


class Kept:
    """A file of findings, one on each line; the last one of a mutant counts."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.found = {line["id"]: Found(**line) for line in lines.read(file)}

    def add(self, found: Found) -> None:
        """Keeps it at once."""
        self.found[found.id] = found
        lines.add(self.file, asdict(found))

    def is_settled(self, id: str, fingerprint: str) -> bool:
        """Whether there is nothing to ask: it was noticed, or nothing has changed since."""
        found = self.found.get(id)
        return found is not None and (found.is_noticed or found.fingerprint == fingerprint)
