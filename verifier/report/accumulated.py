"""Runs of many machines together: e-values multiplied, configurations counted, the tightest kept.

Only of one and the same code, which a commit names: what another code showed is no evidence here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verifier.errors import require
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.report.combined import Combined, combine, lines


@dataclass(frozen=True)
class Tightest:
    """The case that came closest to the bound of an inequality, and whose run it is."""

    evidence: Evidence
    run_seed: str
    machine: str


@dataclass(frozen=True)
class Accumulated:
    """What all runs say together.

    `tests`: e-values, the largest first. `configurations`: for each statement, how many different
    ones were checked. `refuted`: in how many of them it failed. `tightest`: of each statement that
    has inequalities, one case; of several as tight, the first run's.
    """

    runs: int
    machines: int
    tests: list[Combined]
    configurations: dict[str, int]
    refuted: dict[str, int]
    tightest: dict[str, Tightest]

    def to_json(self) -> dict[str, Any]:
        """Plain data, the tightest cases with all that repeats them."""
        tightest = {
            name: {"run_seed": one.run_seed, "machine": one.machine, **vars(one.evidence)}
            for name, one in self.tightest.items()
        }
        return vars(self) | {"tests": [vars(one) for one in self.tests], "tightest": tightest}


def accumulate(records: Sequence[Record]) -> Accumulated:
    """All runs together; raises `InputError` unless they are of one commit, and of different seeds.

    A commit with changes beside it (`-dirty`), or none, says nothing of the code.
    """
    commits = [record.about.get("commit", "unknown") for record in records]
    clean = all(c != "unknown" and not c.endswith("-dirty") for c in commits)
    rule = "must be one and the same commit, without changes beside it"
    require(clean and len(set(commits)) == 1, "commits of the runs", sorted(set(commits)), rule)
    tests = combine(records)
    checked: dict[str, set[str]] = {}
    failed: dict[str, set[str]] = {}
    tightest: dict[str, Tightest] = {}
    for record in records:
        run_seed, machine = record.about.get("run_seed", ""), record.about.get("machine", "")
        for one in record.evidence:
            described = json.dumps(dict(one.configuration), sort_keys=True)
            checked.setdefault(one.statement, set()).add(described)
            if not one.holds:
                failed.setdefault(one.statement, set()).add(described)
            best = tightest.get(one.statement)
            if one.tightness is not None and (best is None or _tighter(one, best.evidence)):
                tightest[one.statement] = Tightest(one, run_seed, machine)
    return Accumulated(
        runs=len(records),
        machines=len({record.about.get("machine", "") for record in records}),
        tests=tests,
        configurations={name: len(found) for name, found in sorted(checked.items())},
        refuted={name: len(found) for name, found in sorted(failed.items())},
        tightest=dict(sorted(tightest.items())),
    )


def _tighter(one: Evidence, other: Evidence) -> bool:
    return (one.tightness or 0.0) > (other.tightness or 0.0)


def told(found: Accumulated) -> list[str]:
    """For a reader: the tests, then a line for each statement."""
    total = sum(found.configurations.values())
    kinds = "kind" if found.machines == 1 else "kinds"
    said = f"{found.runs} runs on {found.machines} {kinds} of machine, {total} configurations:"
    rows = [_row(found, name, count) for name, count in found.configurations.items()]
    return [*lines(found.tests), said, *rows]


def _row(found: Accumulated, name: str, count: int) -> str:
    failed, best = found.refuted.get(name, 0), found.tightest.get(name)
    parts = [f"  {name:<5} {count:7d}"]
    if best is not None:
        parts.append(f"lhs/rhs at most {best.evidence.tightness:.6f}, seed {best.run_seed}")
    if failed:
        parts.append(f"REFUTED in {failed}")
    return "  ".join(parts)
