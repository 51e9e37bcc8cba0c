"""Parts of a page as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells may hold any text."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def bullets(said: Iterable[str]) -> str:
    """A list, an entry for each sentence."""
    return "\n".join(f"- {sentence}" for sentence in said)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
