"""In Markdown: on what sizes each statement was supported, and the smallest error it notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verifier.report.ranges import SIZES
from verifier.report.written import number

FEW = 4
"""So many smallest errors of a statement stand beside its id; more in a table of their own."""
SHOWN_WHOLE = 1e5
"""Whole numbers below are written out."""
_NAMES = tuple(SIZES)
HALVES = (_NAMES[:4], _NAMES[4:])
"""The sizes of networks and data, and those of training and attack: a phone shows four."""

Content = dict[str, Any]


def sizes(statements: Sequence[Content]) -> str:
    """Two tables: the least and the greatest of each size that a statement was supported at."""
    return "\n\n".join(_table(("", *names), _sizes(statements, names)) for names in HALVES)


def _sizes(statements: Sequence[Content], names: Sequence[str]) -> list[list[str]]:
    rows = []
    for s in statements:
        ends = {r["name"]: (r["least"], r["greatest"]) for r in s["ranges"]}
        rows.append([s["id"], *(_span(*ends[n]) if n in ends else "" for n in names)])
    return rows


def _span(least: float, greatest: float) -> str:
    low, high = _written(least), _written(greatest)
    return low if low == high else f"{low} – {high}"


def _written(value: float) -> str:
    is_whole = value == round(value) and abs(value) < SHOWN_WHOLE
    return f"{value:.0f}" if is_whole else number(value)


def errors(statements: Sequence[Content]) -> str:
    """The smallest error that each statement notices; where they are many, folded below."""
    rows, folded = [], []
    for s in statements:
        found = [(n["what"], _error(n)) for n in s["noticed"]]
        if s["tightness"] is not None:
            found.append(("largest lhs/rhs", number(s["tightness"])))
        told = "; ".join(f"{what}: {error}" for what, error in found)
        if len(found) > FEW:
            least, *_, most = sorted(n["error"] for n in s["noticed"])
            told = f"{number(least, 2)} to {number(most, 2)}, of {len(found)} comparisons: below"
            folded.append(_folded(s["id"], found))
        rows.append([s["id"], told])
    return "\n\n".join([_table(("", "smallest error noticed"), rows), *folded])


def _error(found: Content) -> str:
    return f"{number(found['error'], 2)} {found['unit']}"


def _folded(name: str, found: Sequence[tuple[str, str]]) -> str:
    table = _table(("comparison", "smallest error noticed"), found, last="--:")
    summary = f"<summary>{name}: each of {len(found)} comparisons</summary>"
    return f"<details>{summary}\n\n{table}\n\n</details>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], last: str = "---") -> str:
    """`last`: how the last column is aligned."""
    lines = [head, [*["---"] * (len(head) - 1), last], *rows]
    cells = [[cell.replace("|", r"\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
