"""Which of the paper's results a run covers: by which statements, and by what was drawn for them.

A result is covered if every statement that carries it is supported, and would have been refuted by
at least two negative controls and by every one tried, and if everything that the result generalises
over was drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from verifier.evidence.record import Record
from verifier.report.verdicts import NOT_APPLICABLE, NOT_RUN, SUPPORTED, rows
from verifier.statements import LEAST_CONTROLS, STATEMENTS, Statement
from verifier.statements.paper import RESULTS, PaperResult


def activation(configuration: Mapping[str, Any]) -> str:
    """By its slope below 0."""
    slope = configuration["slope"]
    return "ReLU" if slope == 0 else "leaky ReLU" if slope < 1 else "linear"


VARIETIES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "scenario": lambda c: f"({c['scenario']})",
    "data": lambda c: c["data"]["family"],
    "loss": lambda c: c["loss"],
    "biases": lambda c: "trained" if c["train_bias"] else "frozen",
    "activation": activation,
}
"""What a configuration is, in each respect that the paper generalises over."""


@dataclass(frozen=True)
class Carrier:
    """What a run found about one statement: its verdict and its negative controls."""

    id: str
    verdict: str
    controls: int
    controls_refuted: int

    @property
    def gap(self) -> str:
        """Why the statement covers nothing yet; empty if it does."""
        if self.verdict != SUPPORTED:
            return f"{self.id} is {self.verdict}"
        missed = self.controls - self.controls_refuted
        if missed:
            return f"{self.id} did not refute {missed} of its controls"
        if self.controls_refuted < LEAST_CONTROLS:
            few = f"{self.id} refuted {self.controls_refuted} controls"
            return f"{few}, {LEAST_CONTROLS} are needed"
        return ""


@dataclass(frozen=True)
class Coverage:
    """One result of the paper in one run.

    `drawn`: how often each required value occurred, with its premise, in the evidence of the
    statement that had it least; `met`: in that of all of them. `gaps`: what is missing, in words.
    """

    result: str
    statements: tuple[Carrier, ...]
    drawn: Mapping[str, Mapping[str, int]]
    met: Mapping[str, Mapping[str, int]]
    gaps: tuple[str, ...]
    is_open: bool = False

    @property
    def covered(self) -> bool:
        """Whether nothing is missing."""
        return not self.gaps

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "covered": self.covered}


def configurations(described: Any) -> Iterator[Mapping[str, Any]]:
    """The configurations in a record: its own, or those of a statistical statement's experiment."""
    if "configurations" in described:
        for inner in described["configurations"]:
            yield from configurations(inner)
    else:
        yield described


def carried(statements: Iterable[Statement]) -> dict[PaperResult, tuple[str, ...]]:
    """Every result, the paper's own first, with the ids of the statements that carry it."""
    known = list(statements)
    others = [result for statement in known for result in statement.carries]
    return {
        result: tuple(s.id for s in known if result in s.carries)
        for result in dict.fromkeys((*RESULTS, *others))
    }


def coverage(
    record: Record, results: Mapping[PaperResult, tuple[str, ...]] | None = None
) -> list[Coverage]:
    """How a run covers each of `results` by the statements named, from its record alone.

    The default is every result that a statement of the registry carries.
    """
    wanted = carried(STATEMENTS.values()) if results is None else results
    found = {row.id: row for row in rows(record)}

    def carrier(name: str) -> Carrier:
        if name not in found:
            return Carrier(name, "in no chapter", 0, 0)
        row = found[name]
        return Carrier(name, row.verdict, row.controls, row.controls_refuted)

    covered = []
    for result, names in wanted.items():
        statements = tuple(carrier(name) for name in names)
        drawn, met = (_drawn(record, result, names, of) for of in (min, sum))
        gaps = [s.gap for s in statements if s.gap]
        gaps += [
            f"no draw with {variety} {value}"
            for variety, counts in drawn.items()
            for value, count in counts.items()
            if not count
        ]
        of_result = (result.sentence, statements, drawn, met, tuple(gaps), result.is_open)
        covered.append(Coverage(*of_result))
    return covered


def _drawn(
    record: Record,
    result: PaperResult,
    statements: tuple[str, ...],
    of: Callable[[Iterable[int]], int],
) -> dict[str, dict[str, int]]:
    """How often each value was drawn and its premise held: `of` the counts of each statement."""
    seen: dict[str, dict[str, Counter[str]]] = {
        statement: {variety: Counter() for variety in result.drawn} for statement in statements
    }
    for evidence in record.evidence:
        if evidence.statement in seen and not evidence.is_vacuous:
            for configuration in configurations(evidence.configuration):
                for variety, counts in seen[evidence.statement].items():
                    with suppress(KeyError):  # configurations of another kind have no such variety
                        counts[VARIETIES[variety](configuration)] += 1
    return {
        variety: {v: of(found[variety][v] for found in seen.values()) for v in values}
        for variety, values in result.drawn.items()
    }


def counted(results: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Of the paper's results in a run's content, and of the questions it leaves open: `9 of 9`."""
    kinds = ([r for r in results if r["is_open"] is is_open] for is_open in (False, True))
    own, left_open = (f"{sum(r['covered'] for r in kind)} of {len(kind)}" for kind in kinds)
    return own, left_open


def own(coverage: Sequence[Mapping[str, Any]], statements: Sequence[Mapping[str, Any]]) -> int:
    """How many of the statements carry no result of the paper: this project adds them."""
    carry = {s["id"] for result in coverage if not result["is_open"] for s in result["statements"]}
    return sum(s["id"] not in carry for s in statements)


def uncovered(content: Mapping[str, Any]) -> str:
    """Why results are not covered, in words: what most of them lack."""
    verdicts = [s["verdict"] for chapter in content["chapters"] for s in chapter["statements"]]
    left, lacking = verdicts.count(NOT_RUN), verdicts.count(NOT_APPLICABLE)
    reasons = [] if content["controls"]["tried"] else ["it tried no negative controls"]
    reasons += [f"{left} of the {len(verdicts)} statements were not run"] if left else []
    reasons += [f"{lacking} need what the code does not offer"] if lacking else []
    return f"{', '.join(reasons)}." if reasons else "what each lacks stands beside it."


def covers_everything(found: list[Coverage]) -> bool:
    """Whether a run covers every result it was asked about."""
    return all(result.covered for result in found)
