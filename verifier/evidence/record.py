"""The record of one run on disk: evidence as it comes, rejections, and the environment.

A run is a folder: `evidence.jsonl` (one record a line, flushed at once, so that an interrupted
run keeps what it has computed), `run.json` (settings, environment, what was not applicable, and
from the start that the run has not ended) and `counterexamples/STATEMENT.json`. Reports read such a
folder and nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from verifier.errors import InputError, require
from verifier.evidence.evidence import Evidence
from verifier.evidence.files import UNREADABLE, harmless, write_whole
from verifier.evidence.folders import INTERRUPTED, PART, RUNNING, RUNS, mark_last, require_free

DIVERGED, NOT_COMPARABLE, SINGLE = "diverged", "not comparable", "single precision"
REJECTIONS = (DIVERGED, NOT_COMPARABLE, SINGLE)


def _size(evidence: Evidence) -> int:
    """How large the networks, data and schedules of a configuration or an experiment are.

    Of configurations of another kind, from outside, how long their description is.
    """
    total = 0
    try:
        for c in evidence.configuration.get("configurations", (evidence.configuration,)):
            width = c["width"] if "width" in c else sum(c["widths"])
            steps = c["f_steps"] if "f_steps" in c else c["steps"]
            total += width * c["data"]["samples"] * c["data"]["dimension"] * len(steps)
    except KeyError:
        return len(json.dumps(evidence.configuration))
    return total


@dataclass
class Record:
    """Everything one run found.

    `about`: settings of the run. `evidence`: all records. `rejected`: how many draws of each
    statement could not be tested, by reason. `not_applicable`: statements with the reason.
    `errors`: statements whose check was stopped by an exception, with its text. `causes`: of those
    that are refuted the likely cause, where one is known. `controls`: for each statement, its
    controls with the draws it took to refute them (None: not refuted);
    `margins`: of those refuted by a statistical test, its error, which 1 would just refute.
    `necessity`: for each premise, what happened without it. `example`: what the report pictures.
    `examples`: for each statement, how many configurations its search met. `seconds`: of each
    property, by part of the suite; `wall`: of the run. `changed`: what the code changed of the
    process, with how often; it was undone. `expected`: of statements that may deviate, what
    `verifier.evidence.expected` says. `state`: see `verifier.evidence.folders`.
    """

    about: dict[str, str] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    rejected: dict[str, Counter[str]] = field(default_factory=dict)
    not_applicable: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    controls: dict[str, dict[str, int | None]] = field(default_factory=dict)
    margins: dict[str, dict[str, float]] = field(default_factory=dict)
    necessity: list[dict[str, Any]] = field(default_factory=list)
    example: dict[str, Any] = field(default_factory=dict)
    examples: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    wall: float = 0.0
    changed: dict[str, int] = field(default_factory=dict)
    expected: dict[str, dict[str, Any]] = field(default_factory=dict)
    state: str = PART
    folder: Path | None = None
    _lines: IO[str] | None = None

    def open(self, folder: Path) -> None:
        """Start writing to `folder`, which must not hold a run yet."""
        require_free(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lines = (folder / "evidence.jsonl").open("w", encoding="utf-8")
        self.state = RUNNING
        self.save_summary()

    def save_summary(self) -> None:
        """Write `run.json` as it stands, or leave the one that is there as it was."""
        if self.folder is not None:
            write_whole(self.folder / "run.json", json.dumps(self.summary(), indent=1).encode())

    def add(self, evidence: Evidence) -> None:
        """Keep one record, on disk at once."""
        self.evidence.append(evidence)
        if self._lines is not None:
            self._lines.write(evidence.to_json() + "\n")
            self._lines.flush()

    def reject(self, statement: str, reason: str) -> None:
        """Count a draw that could not be tested; `reason` is one of `REJECTIONS`."""
        require(reason in REJECTIONS, "reason", repr(reason), f"must be one of {REJECTIONS}")
        self.rejected.setdefault(statement, Counter())[reason] += 1

    def control(self, statement: str, control: str, draws: int | None) -> None:
        """Keep that `statement` refuted `control` after `draws` draws, or (None) has not yet."""
        self.controls.setdefault(statement, {})[control] = draws

    def margin(self, statement: str, control: str, error: float) -> None:
        """Keep by how much a statistical test refuted `control`: its `error`, above 1."""
        self.margins.setdefault(statement, {})[control] = error

    def search(self, statement: str, examples: int) -> None:
        """Count the `examples` that a search of `statement` met."""
        self.examples[statement] = self.examples.get(statement, 0) + examples

    def notice(self, changed: Counter[str]) -> None:
        """Move here what the code under test has changed of the process."""
        for what, count in changed.items():
            self.changed[what] = self.changed.get(what, 0) + count
        changed.clear()

    def spend(self, part: str, name: str, seconds: float) -> None:
        """Count wall time that property `name` of a part of the suite took."""
        members = self.seconds.setdefault(part, {})
        members[name] = members.get(name, 0.0) + seconds

    def draws(self, statement: str) -> int:
        """How many configurations of `statement` were drawn, rejected ones included."""
        checked = sum(e.statement == statement for e in self.evidence)
        return checked + sum(self.rejected.get(statement, {}).values())

    def minimal_counterexample(self, statement: str) -> Evidence | None:
        """The smallest refutation recorded, and the last of its size, as Hypothesis shrinks."""
        failing = [e for e in self.evidence if e.statement == statement and not e.holds]
        return min(reversed(failing), key=_size, default=None)

    def take(self, other: Record) -> None:
        """Add what another record found after this one; of `about`, what is not said yet."""
        self.about = other.about | self.about
        for evidence in other.evidence:
            self.add(evidence)
        for statement, reasons in other.rejected.items():
            self.rejected.setdefault(statement, Counter()).update(reasons)
        self.not_applicable |= other.not_applicable
        self.errors |= other.errors
        self.causes = other.causes | self.causes
        for statement, controls in other.controls.items():
            self.controls.setdefault(statement, {}).update(controls)
        for statement, margins in other.margins.items():
            self.margins.setdefault(statement, {}).update(margins)
        self.necessity += other.necessity
        self.example |= other.example
        self.expected |= other.expected
        for statement, examples in other.examples.items():
            self.search(statement, examples)
        self.notice(Counter(other.changed))
        for part, members in other.seconds.items():
            for name, seconds in members.items():
                self.spend(part, name, seconds)

    def summary(self) -> dict[str, Any]:
        """All but the evidence and the folder, for JSON; see `from_summary`."""
        return {name: getattr(self, name) for name in _SUMMARY}

    @classmethod
    def from_summary(cls, summary: Mapping[str, Any], lines: Iterable[str]) -> Record:
        """The record of a summary and the `lines` of its evidence; raises `KeyError`."""
        fields = {name: summary[name] for name in _SUMMARY}
        fields["rejected"] = {name: Counter(found) for name, found in fields["rejected"].items()}
        return cls(evidence=[Evidence.from_json(line) for line in lines], **fields)

    def clear(self) -> None:
        """Forget all that was found."""
        empty = Record()
        for name in ("evidence", *_SUMMARY):
            setattr(self, name, getattr(empty, name))

    def close(self) -> None:
        """Write `run.json`, the evidence in its order, and the counterexamples."""
        if self.folder is None:
            return
        if self.state == RUNNING:
            self.state = PART
        if self._lines is not None:
            self._lines.close()
        lines = "".join(e.to_json() + "\n" for e in self.evidence)
        write_whole(self.folder / "evidence.jsonl", lines.encode())
        self.save_summary()
        if self.folder.parent.name == RUNS.name:
            mark_last(self.folder)
        for statement in {e.statement for e in self.evidence}:
            found = self.minimal_counterexample(statement)
            if found is not None:
                path = self.counterexample_path(statement)
                path.parent.mkdir(exist_ok=True)
                path.write_text(json.dumps(found.configuration, indent=1), encoding="utf-8")

    def counterexample_path(self, statement: str) -> Path:
        """Where the minimal counterexample of a statement is kept."""
        return (self.folder or Path()) / "counterexamples" / f"{statement}.json"

    @classmethod
    def load(cls, folder: Path) -> Record:
        """The record of a run; raises `InputError` if `folder` holds none.

        One that has not ended is taken as interrupted; its last line may be cut. What could command
        a terminal is taken out.
        """
        try:
            summary = json.loads(harmless((folder / "run.json").read_text(encoding="utf-8")))
            text = harmless((folder / "evidence.jsonl").read_text(encoding="utf-8"))
            if summary["state"] == RUNNING:
                summary["state"] = INTERRUPTED
                text = text[: text.rfind("\n") + 1]
            found = cls.from_summary(summary, text.splitlines())
        except (OSError, LookupError, TypeError, AttributeError, *UNREADABLE) as problem:
            raise InputError(
                "run", folder, f"must be the folder of a finished run of this version: {problem!r}"
            ) from None
        found.folder = folder
        return found


_SUMMARY = (
    "about",
    "rejected",
    "not_applicable",
    "errors",
    "causes",
    "controls",
    "margins",
    "necessity",
    "example",
    "examples",
    "seconds",
    "wall",
    "changed",
    "expected",
    "state",
)
