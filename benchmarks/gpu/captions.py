"""What stands below the pictures of docs/gpu.md: what nobody should miss, and folded the rest.

A picture is kept with its caption and details as a gallery has them, and their words
tell the two apart here.
"""

from __future__ import annotations

from typing import Any

from benchmarks.gpu import for_readme
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.named import in_words
from verifier.reproduction.panels import AXES, published_panels

CLAIM = "fmnist-a-eps"
"""The panel that shows what is observed."""


def is_compared(one: dict[str, Any]) -> bool:
    """Whether the published values of a picture's panel stand beside ours: not of fewer images."""
    return " not comparable" not in one["caption"]


def _title(name: str) -> str:
    """A picture's name in words, at the start of a line."""
    words = in_words(name)
    return words[0].upper() + words[1:]


def caption(one: dict[str, Any]) -> str:
    """A picture's title and caption, with what must not be overlooked in its details."""
    more = one["details"] or {"summary": "", "lines": []}
    told = [f"*{_title(one['name'])}*: {one['caption']}"]
    if _counts_outside(more):
        told.append(
            f"**Of all series here, stable or not, {_those_outside(more)} lie outside the band** "
            "in which one more run of ours falls."
        )
    return " ".join([*told, *filter(_is_of_seeds, more["lines"])])


def outside(one: dict[str, Any]) -> str:
    """For a title: how many published values of a panel are outside the band; or nothing."""
    more = one["details"]
    return f": {_those_outside(more)} outside the band" if more and _counts_outside(more) else ""


def _those_outside(more: dict[str, Any]) -> str:
    return str(more["summary"]).partition(" outside")[0]


def of_the_claim(rows: list[for_readme.Row]) -> str:
    """What is observed, from the rows of its panel: what g gets right at both ends; or nothing."""
    of_f, of_g = ([r for r in rows if r["series"] == name] for name in for_readme.NETWORKS.values())
    if not of_g:
        return ""
    first, last = of_g[0], of_g[-1]
    axis = AXES[published_panels()[CLAIM].x]
    at = f"{axis.split()[-1]} ="
    read = [row for row in of_g if row["published"] is not None]
    above = sum(row["published"] > row["mean"] for row in read)
    return (
        f"*{_title(CLAIM)}*: g, filled squares, has seen perturbations under random labels, and no "
        f"clean sample. Of f's training samples it gets {last['mean']:.1%} right at {at} "
        f"{last['x']:g}, where f gets {of_f[-1]['mean']:.1%}, and {first['mean']:.1%} at {at} "
        f"{first['x']:g}{_at_chance(first)}. Published g, open squares, is above ours at {above} "
        f"of {len(read)} points."
    )


def _at_chance(row: for_readme.Row) -> str:
    """That a mean is not told from chance, if its interval, from the band of one more, has it."""
    found = for_readme.chance_within(row)
    if not found:
        return ""
    low, high = found
    interval = (
        f"the mean of {row['seeds']} seeds has the {LEVEL:.0%} interval {low:.0%} to {high:.0%}"
    )
    return f", which may be chance, {for_readme.CHANCE:.0%} ({interval})"


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
