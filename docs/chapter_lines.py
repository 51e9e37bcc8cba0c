"""README's chapters, a line for each: what it is about, and what in it is not exact."""

from __future__ import annotations

from typing import Any

from docs.misfits import of_all
from docs.run_in_words import by_basis, tally
from verifier.report.content import statements_of
from verifier.statements import HEURISTIC, LIMIT, REGISTRY


def chapters(content: dict[str, Any]) -> str:
    """A line for each chapter, which a phone shows whole; where the run is told in full."""
    every, about = statements_of(content), content["run"]["about"]
    supported, *_ = tally(every)
    lines = [
        f"{of_all(supported, len(every)).capitalize()} in [the newest run](docs/newest-run.md) "
        f"({about['started'][:10]}, commit {about['commit']}), exact where nothing else is said; "
        "[every proof](docs/README.md).",
        "",
    ]
    for chapter in content["chapters"]:
        page = REGISTRY.statement(chapter["statements"][0]["id"]).proof
        held = _held(chapter["statements"])
        sentence = f"{chapter['about']}{_unproved(chapter['statements'])}"
        lines.append(f"- **[{chapter['name']}]({page}){held}.** {sentence}")
    return "\n".join(lines)


def _held(found: list[dict[str, Any]]) -> str:
    """How many statements are supported; of controls how many were refuted, where not all."""
    supported, refuted, tried = tally(found)
    held = f", {of_all(supported, len(found))}{' supported' * (supported < len(found))}"
    return held if refuted == tried else f"{held}, {refuted} of {tried} controls"


def _unproved(found: list[dict[str, Any]]) -> str:
    """How many of a chapter's statements are limits or heuristics; empty if all are exact."""
    counts = by_basis(found)
    return "".join(
        f" {n} of {len(found)} are {basis}s."
        for basis in (LIMIT, HEURISTIC)
        if (n := counts[basis])
    )
