"""What was found: a line for each mutant, kept over days; the share noticed; a file for viewers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scipy.stats import beta

from benchmarks.mutants import lines
from benchmarks.mutants.families import Family
from benchmarks.mutants.judging import SURVIVED, Verdict
from benchmarks.mutants.syntax import Mutation
from benchmarks.mutants.tree import Tree

REASONS = Path(__file__).with_name("equivalent.json")
"""By a mutant's id, why it changes no result: written by a person."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Found:
    """One mutant and its verdict; `fingerprint` is that of the project it was found in."""

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

    @classmethod
    def of(
        cls, id: str, family: str, name: str, m: Mutation, verdict: Verdict, fingerprint: str
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
        )


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
        return found is not None and (found.status != SURVIVED or found.fingerprint == fingerprint)


def interval(noticed: int, count: int) -> tuple[float, float]:
    """Clopper and Pearson (1934): covers the share with at least the probability `CONFIDENCE`."""
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, noticed, count - noticed + 1)) if noticed else 0.0
    high = float(beta.ppf(1 - tail, noticed + 1, count - noticed)) if noticed < count else 1.0
    return low, high


def reasons() -> dict[str, str]:
    """Why survivors are equivalent, by id."""
    found: dict[str, str] = json.loads(REASONS.read_text(encoding="utf-8"))
    return found


def summary(family: Family, found: Sequence[Found], why: dict[str, str]) -> str:
    """The share noticed among mutants that change a result, and every survivor, in Markdown."""
    survivors = [f for f in found if f.status == SURVIVED]
    holes = [f for f in survivors if f.id not in why]
    equivalent = len(survivors) - len(holes)
    count = len(found) - equivalent
    page = [f"## {family.name}: {len(found)} mutants before `{family.judge.name}`", ""]
    if count:
        low, high = interval(count - len(holes), count)
        share = (count - len(holes)) / count
        page.append(
            f"{count - len(holes)} of {count} noticed, {share:.1%} "
            f"({low:.1%} to {high:.1%} at {CONFIDENCE:.0%}); {equivalent} equivalent beside them."
        )
    for title, some in (("Holes", holes), ("Equivalent", [f for f in survivors if f.id in why])):
        if some:
            page += ["", f"{title}:", ""]
            for f in sorted(some, key=lambda f: f.id):
                told = f" {why[f.id]}" if f.id in why else ""
                page += [f"- `{f.id}`{told}", f"  `{_short(f.before)}` → `{_short(f.after)}`"]
    return "\n".join(page) + "\n"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


def elements(
    tree: Tree, drawn: Iterable[tuple[str, Mutation]], found: dict[str, Found], why: dict[str, str]
) -> dict[str, Any]:
    """As the schema of mutation-testing-elements, version 2, wants it: viewers read that."""
    files: dict[str, Any] = {}
    for name, m in drawn:
        source = tree.source(name)
        id = m.id(name, source)
        known = found.get(id)
        status = known.status if known else "Pending"
        excused = status == SURVIVED and id in why
        entry = files.setdefault(name, {"language": "python", "source": source, "mutants": []})
        place = {
            side: {"line": line, "column": column + 1}
            for side, (line, column) in (("start", m.start), ("end", m.end))
        }
        mutant: dict[str, Any] = {
            "id": id,
            "mutatorName": m.operator,
            "replacement": m.after,
            "location": place,
            "status": "Ignored" if excused else status,
        }
        if excused:
            mutant["statusReason"] = why[id]
        elif known and known.killed_by:
            mutant["statusReason"] = f"noticed by {known.killed_by}"
        if known:
            mutant |= {"duration": 1000 * known.seconds, "testsCompleted": known.tests}
        entry["mutants"].append(mutant)
    return {
        "schemaVersion": "2",
        "thresholds": {"high": 98, "low": 95},
        "framework": {"name": "benchmarks.mutants"},
        "files": files,
    }
