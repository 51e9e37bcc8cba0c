"""The end of a run, cut into the pieces that `reading-a-report.md` explains."""

from __future__ import annotations

import re

from docs.two_widths import beside_wide
from verifier.report.misfit import EARLIER

FINDING = (
    r"^(your code .*?)\n\n"
    r"(FINDING .*?)\n(  next[: ].*?)\n(  where[: ].*?)\n(  \w+ says[: ].*?)\n\n"
)
"""The end of a run with one finding, in pieces."""


def quoted(summary: str) -> dict[str, str]:
    """What a run prints at its end, as Markdown: the piece that answers each question."""
    names = ("what holds", "how sure", "how near", "what failed")
    pieces = re.split(rf"\n\n(?!{EARLIER})", summary.strip())
    return _as_blocks(dict(zip(names, pieces, strict=False)))


def quoted_finding(printed: str) -> dict[str, str]:
    """What a run of a wrong code prints, as Markdown: what failed, why, what next, how far, where.

    And, of the statement, what it says.

    Without how sure it is, which changes with the version and not with the code.
    """
    told = re.sub(r"runs/\d+T[\d.]+Z", "runs/TIME", printed)
    found = re.search(FINDING, told, re.M | re.S)
    if found is None:
        raise SystemExit(f"no finding with what next and where in\n{printed}")
    names = ("what failed there", "why", "what next", "by how much", "what it says")
    return _as_blocks(dict(zip(names, found.groups(), strict=True)))


def at_both_widths(wide: dict[str, str], narrow: dict[str, str]) -> dict[str, str]:
    """Each piece as a terminal of 80 columns has it; the site shows a phone the narrower one."""
    return {name: beside_wide(text, narrow[name]) for name, text in wide.items()}


def _as_blocks(pieces: dict[str, str]) -> dict[str, str]:
    return {name: f"```text\n{text}\n```" for name, text in pieces.items()}
