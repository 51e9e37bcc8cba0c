"""The columns of the table of statements: each is one record, read by every report and the docs.

A column is added here and nowhere else: the terminal's table with the words below it, the HTML
page, the JSON and the table in `docs/reading-a-report.md` (`docs/update_columns.py`) follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verifier.report.verdicts import Row
from verifier.statistics import POWER


@dataclass(frozen=True)
class Column:
    """One column: its text for each row.

    `name`: of the quantity, the same everywhere. `meaning`: one line of Markdown that needs no
    other column. `cell`: the text for a row, empty where there is nothing to say; the evidence is
    in the row too. `is_text`: whether it holds words, not a number.
    """

    name: str
    meaning: str
    cell: Callable[[Row], str]
    is_text: bool = False


def _count(number: int) -> str:
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= size:
            return f"{number / (1e3 if suffix == 'k' else size):.3g}{suffix}"
    return str(number)


def _draws(row: Row) -> str:
    """An experiment draws each of its configurations many times."""
    made = [e.configuration for e in row.evidence if "replicates" in e.configuration]
    return _count(sum(c["replicates"] * len(c["configurations"]) for c in made) or row.draws)


def _known(value: float | None, digits: str) -> str:
    """What is 0 up to so many `digits` has no sign."""
    return "" if value is None else format(value, f"z{digits}")


def _controls(row: Row) -> str:
    return f"{row.controls_refuted}/{row.controls}" if row.controls else ""


def _verdict(row: Row) -> str:
    return f"{row.verdict}*" if row.filled and row.draws else row.verdict


COLUMNS = (
    Column(
        "id",
        "of the statement; `verifier run E1` runs exactly that one",
        lambda row: row.id,
        is_text=True,
    ),
    Column("statement", "in one line", lambda row: row.statement, is_text=True),
    Column(
        "kind",
        "what sort of statement it is, and so how it is checked; `identity`, for one, or `rate`",
        lambda row: row.kind,
        is_text=True,
    ),
    Column(
        "draws",
        "configurations checked, those rejected not among them; for statistical statements, draws "
        "of their fixed experiments: networks, neurons or targets",
        _draws,
    ),
    Column(
        "comparisons",
        "made within those draws: one for each neuron, point, sample or pair; for "
        "statistical statements, samples",
        lambda row: _count(row.comparisons),
    ),
    Column(
        "error",
        "the worst difference, in units of what rounding, or chance, allows; above 1 it refutes",
        lambda row: _known(row.error if row.held else None, ".2g"),
    ),
    Column(
        "tightness",
        "inequalities: the largest lhs/rhs, that is, how close any comparison came to equality",
        lambda row: _known(row.tightness, ".4g"),
    ),
    Column(
        "typical",
        "inequalities: the median over the draws of each one's largest lhs/rhs",
        lambda row: _known(row.typical, ".2g"),
    ),
    Column(
        "premise",
        "share of the comparisons in which the premise held; where it failed, nothing was tested",
        lambda row: _known(row.premise, ".0%"),
    ),
    Column(
        "detects",
        f"statistical statements: the discrepancy that is found with probability {POWER}, in units "
        "of the smallest one that has to be; above 1 the statement is underpowered",
        lambda row: _known(row.detects, ".2g"),
    ),
    Column(
        "controls",
        "negative controls (broken codes, altered formulas) that the same check refuted, of those "
        "tried",
        _controls,
    ),
    Column(
        "images",
        "sets of real images that took part",
        lambda row: str(len(row.images)) if row.images else "",
    ),
    Column(
        "verdict",
        "what follows for the statement; with a star where the library filled in a function that "
        "the code does not offer",
        _verdict,
        is_text=True,
    ),
)
"""In the order in which tables show them."""

BRIEFLY = {
    "error": "Error: the worst difference, in units of what rounding, or chance, allows; above 1 "
    "it refutes.",
    "tightness": "Tightness: how near an inequality came to equality, 1.",
    "detects": "Detects: how weak a statistical test is; above 1 too weak.",
    "controls": "Controls: how many wrong codes and formulas the check refuted.",
}
"""What a reader must know above a table that has one of these columns."""


def markdown() -> str:
    """The table of columns that the docs show."""
    lines = [f"| `{column.name}` | {column.meaning} |" for column in COLUMNS]
    return "\n".join(["| column | what it says |", "|---|---|", *lines])
