"""What is told of mutants: the share noticed, every survivor, and a file for viewers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scipy.stats import beta

from benchmarks.mutants.families import Family
from benchmarks.mutants.judging import NEVER_RUN
from benchmarks.mutants.results import Found
from benchmarks.mutants.syntax import Mutation
from benchmarks.mutants.tree import Tree

REASONS = Path(__file__).with_name("equivalent.json")
"""By a mutant's id, why it changes no result: written by a person."""

CONFIDENCE = 0.95


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
    survivors = sorted((f for f in found if not f.is_noticed), key=lambda f: f.id)
    holes = [f for f in survivors if not f.is_equivalent(why)]
    same = [f for f in survivors if f.is_equivalent(why)]
    count = len(found) - len(same)
    page = [f"## {family.name}: {len(found)} mutants before `{family.judge.name}`", ""]
    if count:
        low, high = interval(count - len(holes), count)
        share = (count - len(holes)) / count
        page.append(
            f"{count - len(holes)} of {count} noticed, {share:.1%} "
            f"({low:.1%} to {high:.1%} at {CONFIDENCE:.0%}); {len(same)} equivalent beside them."
        )
    for title, some in (
        ("Holes", [f for f in holes if f.status != NEVER_RUN]),
        ("Holes that no test runs", [f for f in holes if f.status == NEVER_RUN]),
        ("Equivalent", same),
    ):
        if some:
            page += ["", f"{title}:", ""]
            for f in some:
                told = f" {why[f.id]}" if f.id in why else ""
                page += [
                    f"- `{f.id}`{told} {f.calls}",
                    f"  `{_short(f.before)}` → `{_short(f.after)}`",
                ]
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
        excused = known is not None and known.is_equivalent(why)
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
