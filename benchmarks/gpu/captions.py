"""What stands below the pictures of docs/gpu.md: what nobody should miss, and folded the rest.

A picture is kept with its caption and details as a gallery has them, and their words
tell the two apart here.
"""

from __future__ import annotations

from typing import Any

from verifier.reproduction.named import in_words


def _title(name: str) -> str:
    """A picture's name in words, at the start of a line."""
    words = in_words(name)
    return words[0].upper() + words[1:]


def caption(one: dict[str, Any]) -> str:
    """A picture's title and caption, with what must not be overlooked in its details."""
    more = one["details"] or {"summary": "", "lines": []}
    told = [f"*{_title(one['name'])}*: {one['caption']}"]
    if " not comparable" in one["caption"]:
        told.append("**Open squares and band do not belong together:** ours had fewer images.")
    outside = more["summary"].partition(" outside")[0] if _counts_outside(more) else ""
    if outside:
        told.append(f"**{outside} lie outside the band** in which one more run of ours falls.")
    return " ".join([*told, *filter(_is_of_seeds, more["lines"])])


def _counts_outside(more: dict[str, Any]) -> bool:
    """Whether what is folded is about values outside the band."""
    return str(more["summary"])[:1].isdigit()


def _is_of_seeds(line: str) -> bool:
    """Whether a line says which seeds the means and whiskers are of."""
    return line.startswith("Means are of ")


def details(more: dict[str, Any] | None) -> str:
    """What opens below a caption; without what the caption says already."""
    lines = [line for line in (more or {"lines": []})["lines"] if not _is_of_seeds(line)]
    if not more or not lines:
        return ""
    listed = "\n".join(f"- {line}" for line in lines)
    title = (
        "Which these are, and errors of predictions" if _counts_outside(more) else more["summary"]
    )
    return f"\n\n<details><summary>{title}</summary>\n\n{listed}\n\n</details>"
