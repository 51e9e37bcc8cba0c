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
    """A picture's title and a sentence: how many published values are off, or what else it says."""
    more = one["details"] or {"summary": "", "lines": []}
    if _counts_outside(more):
        many = _those_outside(more)
        lie = "lies" if many.startswith("1 ") else "lie"
        said = f"{many} of all series {lie} outside the band of one more run of ours."
    elif is_compared(one):
        said = one["caption"]
    else:
        said = f"{_reason(one)}, so that published values are not compared."
    return f"*{_title(one['name'])}*: {said}"


def _reason(one: dict[str, Any]) -> str:
    """Why a panel is not compared, from the brackets of its caption."""
    return str(one["caption"]).partition("(")[2].partition(")")[0]


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
    below = sum(row["published"] < row["mean"] for row in read)
    many = f"all {below}" if below == len(read) else f"{below} of {len(read)}"
    return (
        f"*{_title(CLAIM)}*: g, filled squares, has seen no clean sample. It gets "
        f"{last['mean']:.1%} of f's training samples right at {at} {last['x']:g}, where f gets "
        f"{of_f[-1]['mean']:.1%}; at {at} {first['x']:g}, {first['mean']:.1%}{_at_chance(first)}. "
        f"Published g, open squares, lies below ours at {many} points."
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


def details(one: dict[str, Any]) -> str:
    """What opens below a caption: the counts and the values outside; without what it says."""
    more = one["details"]
    if not more:
        return ""
    lines, title = [*more["lines"]], more["summary"]
    if _counts_outside(more):
        lines, title = [one["caption"], *lines], "Which these are, and errors of predictions"
    listed = "\n".join(f"- {line}" for line in lines)
    return f"\n\n<details><summary>{title}</summary>\n\n{listed}\n\n</details>"
