"""Which statement follows from which, as an inline SVG whose every node leads to its statement.

A band for each chapter; within it a statement stands to the right of all that its proof uses. Drawn
as text, without a plotting library, so that nodes are links and take the page's colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from verifier.report.untested import in_a_word
from verifier.report.verdicts import REFUTED

SYMBOLS = {
    "supported": "✓",
    "refuted": "✗",
    "deviates (expected)": "~",
    "vacuous": "∅",
    "underpowered": "≈",
    "interrupted": "…",
    "not applicable": "–",
    "not run": "○",
    "error": "!",
}
"""A verdict is never said by colour alone."""

WIDTH, HEIGHT = 62, 24
"""Of a node, in the SVG's own units, which are pixels where there is room."""
ACROSS, DOWN = 92, 31
"""From one column to the next, and from one line to the next."""
HEADING = 20
"""What the name of a chapter takes above its band."""

Statement = Mapping[str, Any]


def graph(chapters: Sequence[Mapping[str, Any]]) -> str:
    """The SVG; `chapters` as `content.gather` has them."""
    every = [s for chapter in chapters for s in chapter["statements"]]
    column = columns({s["id"]: s["rests_on"] for s in every})
    place: dict[str, tuple[int, int]] = {}
    bands = []
    y = 0
    for k, chapter in enumerate(chapters):
        bands.append((y, chapter["name"], f"#chapter-{k + 1}"))
        filled: dict[int, int] = {}
        for s in chapter["statements"]:
            row = filled.get(column[s["id"]], 0)
            filled[column[s["id"]]] = row + 1
            place[s["id"]] = (ACROSS * column[s["id"]] + 2, y + HEADING + DOWN * row + 4)
        y += HEADING + DOWN * max(filled.values(), default=0) + 8
    width = ACROSS * max(column.values(), default=0) + WIDTH + 4
    label = (
        f"Graph of {len(every)} statements, each with an arrow from what its proof uses; "
        "the statements below name them too."
    )
    parts = [_band(y, name, address, width) for y, name, address in bands]
    fail = {s["id"] for s in every if s["verdict"] == REFUTED}
    parts += [
        _edge(place[a], place[s["id"]], a, s["id"], {a, s["id"]} <= fail)
        for s in every
        for a in s["rests_on"]
    ]
    parts += [_node(s, *place[s["id"]]) for s in every]
    return (
        f'<svg class="graph" viewBox="0 0 {width} {y}" width="{width}" height="{y}" role="group" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def columns(rests_on: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """For each name the length of the longest chain below it; what is not there counts nothing.

    >>> columns({"E1": [], "D1": ["E1"], "D3": ["D1", "E1"], "X": ["elsewhere"]})
    {'E1': 0, 'D1': 1, 'D3': 2, 'X': 0}
    """
    found = dict.fromkeys(rests_on, 0)
    for _ in rests_on:  # a chain is no longer than there are names
        for name, below in rests_on.items():
            found[name] = max((found[b] + 1 for b in below if b in found), default=0)
    return found


def _band(y: int, name: str, address: str, width: int) -> str:
    return (
        f'<path class="rule" d="M0 {y + 0.5}H{width}"/>'
        f'<a href="{address}"><text class="chapter" x="2" y="{y + 15}">{escape(name)}</text></a>'
    )


def _edge(start: tuple[int, int], end: tuple[int, int], below: str, above: str, fails: bool) -> str:
    """From the right side of what is used to the left side of what uses it; `fails`: both do."""
    x, y = start[0] + WIDTH, start[1] + HEIGHT / 2
    u, v = end[0], end[1] + HEIGHT / 2
    bend = max(16.0, (u - x) / 2)
    return (
        f'<path class="edge{" failing" * fails}" data-of="{below} {above}" '
        f'd="M{x} {y:g}C{x + bend:g} {y:g} {u - bend:g} {v:g} {u} {v:g}"/>'
    )


def _node(s: Statement, x: int, y: int) -> str:
    verdict = s["verdict"]
    missed = s["controls_refuted"] < s["controls"]
    said = f"{s['id']}, {in_a_word(s)}: {s['plain'] or s['statement']}"
    kind = "refuted" if missed else verdict.replace(" ", "-") + " follows" * bool(s["follows"])
    mark = SYMBOLS["refuted"] if missed else SYMBOLS.get(verdict, "○")
    return (
        f'<a href="#{s["id"]}" class="node {kind}" data-id="{s["id"]}">'
        f"<title>{escape(said)}</title>"
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{x + WIDTH / 2:g}" y="{y + 16}">{mark} {escape(s["id"])}</text></a>'
    )
