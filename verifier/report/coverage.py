"""Which of the paper's claims a run covers: by which statements, and by what was drawn for them.

A claim of the paper is covered if every statement that carries it is supported, and would have been
refuted by at least two negative controls and by every one tried, and if everything that the claim
generalises over was drawn. Source: theory, section 6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from verifier.claims import STATEMENTS
from verifier.distributions import FAMILIES
from verifier.losses import LOSSES
from verifier.record import Record
from verifier.report.summary import NOT_RUN, SUPPORTED, rows

LEAST_CONTROLS = 2


def _activation(configuration: Mapping[str, Any]) -> str:
    slope = configuration["slope"]
    return "ReLU" if slope == 0 else "leaky ReLU" if slope < 1 else "linear"


VARIETIES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "scenario": lambda c: f"({c['scenario']})",
    "data": lambda c: c["data"]["family"],
    "loss": lambda c: c["loss"],
    "biases": lambda c: "trained" if c["train_bias"] else "frozen",
    "activation": _activation,
}
"""What a configuration is, in each respect that the paper generalises over."""


@dataclass(frozen=True)
class PaperClaim:
    """A claim of the paper in this project's words.

    `statements`: ids of the statements that carry it. `drawn`: for each variety the values that
    must occur in the evidence of every one of them.
    """

    claim: str
    statements: tuple[str, ...]
    drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


PAPER_CLAIMS = (
    PaperClaim(
        "A perturbation is a sum of the training samples, each weighted with its own label's sign",
        ("E1", "E1b", "E3", "D4", "R2", "R3", "R4"),
    ),
    PaperClaim(
        "Perturbations carry features of the true classes although their targets are random",
        ("E4", "E5", "P4"),
    ),
    PaperClaim(
        "A wide network that learns from mislabelled perturbations predicts as the clean one does",
        ("D5", "P1", "P3", "R1", "R5"),
    ),
    PaperClaim(
        "It does so from perturbations alone (a) and from perturbed samples (b)",
        ("E5", "D5", "P4", "R5"),
        {"scenario": ("(a)", "(b)")},
    ),
    PaperClaim(
        "The data may have any distribution",
        ("E1", "E2", "E3", "E5", "D3"),
        {"data": tuple(FAMILIES)},
    ),
    PaperClaim("The perturbation is the usual one, made from the gradient", ("E4",)),
    PaperClaim(
        "Training may stop at any time, under any differentiable non-decreasing loss",
        ("E0", "E1", "E2"),
        {"loss": tuple(LOSSES)},
    ),
    PaperClaim(
        "Biases may be trained; the activation may be ReLU or leaky ReLU; the width is finite",
        ("E1", "E2", "D3"),
        {"biases": ("trained", "frozen"), "activation": ("ReLU", "leaky ReLU")},
    ),
    PaperClaim(
        "Prior work is a special case: orthogonal data, long training, an oracle's perturbations",
        ("O1", "O2", "O3", "O4", "O5"),
        {"loss": ("exponential", "logistic"), "scenario": ("(a)", "(b)")},
    ),
    PaperClaim("Left open by the paper: deeper networks", ("E6",)),
)


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
        if self.controls_refuted < self.controls:
            return (
                f"{self.id} did not refute {self.controls - self.controls_refuted} of its controls"
            )
        if self.controls_refuted < LEAST_CONTROLS:
            return (
                f"{self.id} refuted {self.controls_refuted} controls, {LEAST_CONTROLS} are needed"
            )
        return ""


@dataclass(frozen=True)
class Coverage:
    """One claim of the paper in one run.

    `drawn`: how often each required value occurred, with its premise, in the evidence of the
    statement that had it least. `gaps`: what is missing, in words.
    """

    claim: str
    statements: tuple[Carrier, ...]
    drawn: Mapping[str, Mapping[str, int]]
    gaps: tuple[str, ...]

    @property
    def covered(self) -> bool:
        """Whether nothing is missing."""
        return not self.gaps

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "covered": self.covered}


def configurations(described: Any) -> Iterator[Mapping[str, Any]]:
    """The configurations in a record: its own, or those of a statistical claim's experiment."""
    if "configurations" in described:
        for inner in described["configurations"]:
            yield from configurations(inner)
    else:
        yield described


def coverage(record: Record, claims: tuple[PaperClaim, ...] = PAPER_CLAIMS) -> list[Coverage]:
    """How a run covers each of `claims`, from its record and nothing else."""
    found = {row.claim: row for row in rows(record)}

    def carrier(name: str) -> Carrier:
        if name not in found:
            return Carrier(name, NOT_RUN if name in STATEMENTS else "not in the registry", 0, 0)
        row = found[name]
        return Carrier(name, row.verdict, row.controls, row.controls_refuted)

    covered = []
    for claim in claims:
        statements = tuple(carrier(name) for name in claim.statements)
        drawn = _drawn(record, claim)
        gaps = [s.gap for s in statements if s.gap]
        gaps += [
            f"no draw with {variety} {value}"
            for variety, counts in drawn.items()
            for value, count in counts.items()
            if not count
        ]
        covered.append(Coverage(claim.claim, statements, drawn, tuple(gaps)))
    return covered


def _drawn(record: Record, claim: PaperClaim) -> dict[str, dict[str, int]]:
    """How often each value was drawn and its premise held, for the statement that had it least."""
    seen: dict[str, dict[str, Counter[str]]] = {
        statement: {variety: Counter() for variety in claim.drawn} for statement in claim.statements
    }
    for evidence in record.evidence:
        if evidence.claim in seen and not evidence.is_vacuous:
            for configuration in configurations(evidence.configuration):
                for variety, counts in seen[evidence.claim].items():
                    counts[VARIETIES[variety](configuration)] += 1
    return {
        variety: {v: min(found[variety][v] for found in seen.values()) for v in values}
        for variety, values in claim.drawn.items()
    }


def covers_everything(found: list[Coverage]) -> bool:
    """Whether a run covers every claim it was asked about."""
    return all(claim.covered for claim in found)
