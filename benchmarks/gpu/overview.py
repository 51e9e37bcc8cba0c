"""The first pictures of docs/gpu.md: every published value that is compared, over ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.gpu.for_readme import NETWORKS, Row, in_scenario_a
from benchmarks.gpu.markdown import folded
from verifier.report.plots import LIMIT, MAIN, SECOND
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.gallery.looks import PURPLE
from verifier.reproduction.gallery.pictures import STYLE, save
from verifier.reproduction.panels import published_panels

NAME, REST = "overview", "overview-rest"
"""The picture of what the page is about, and of the other values, which little is known of."""
LOOKS = (("s", LIMIT, "full"), ("^", PURPLE, "full"))
"""Marker, colour and filling of each figure whose values change with the seed."""
COLOURS = ("orange", "pink")
"""Of these, in words."""


def draw(rows: Sequence[Row], folder: Path) -> None:
    """Draw both below `folder`."""
    save(picture(rows), folder, NAME, ["png"])
    save(rest(rows), folder, REST, ["png"])


def picture(rows: Sequence[Row]) -> Figure:
    """Those that are stable, and those of g that change with the seed."""
    read = compared(rows)
    of_g = [
        (f"g changes with the seed, {name}", found, look)
        for (name, found), look in zip(scattered(read), LOOKS, strict=False)
    ]
    return _over_ours([*of_g, ("stable from seed to seed", stable(read), ("o", MAIN, "full"))])


def rest(rows: Sequence[Row]) -> Figure:
    """The others: those that too few seeds judge, and those of f or |cos| that change."""
    read = compared(rows)
    return _over_ours(
        [
            ("too few seeds to judge", unjudged(read), ("o", SECOND, "none")),
            ("f or |cos| changes with the seed", restless(read), ("D", MAIN, "full")),
        ]
    )


def _over_ours(kinds: Sequence[tuple[str, list[Row], tuple[str, str, str]]]) -> Figure:
    """Published over ours: on the line they are equal, above it published is higher."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.0, 4.0), layout="constrained")
        axes = figure.add_subplot(aspect="equal", xlabel="ours, mean", ylabel="published")
        axes.axline((0, 0), slope=1, color=SECOND, linewidth=0.8)
        for name, found, look in kinds:
            _points(axes, found, look, f"{name}: {len(found)}")
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
        figure.legend(loc="outside lower left", frameon=False)
    return figure


def compared(rows: Iterable[Row]) -> list[Row]:
    """Those of whole panels with a published value."""
    return [
        row for row in rows if row["panel"] in published_panels() and row["published"] is not None
    ]


def stable(rows: Iterable[Row]) -> list[Row]:
    """Those that hardly change with the seed."""
    return [row for row in rows if row["deviation"] is not None and row["deviation"] <= SCATTER]


def unjudged(rows: Iterable[Row]) -> list[Row]:
    """Those for which ten seeds were not run."""
    return [row for row in rows if row["deviation"] is None]


def restless(rows: Iterable[Row]) -> list[Row]:
    """Those that change with the seed, and are not of g."""
    return [row for row in rows if (row["deviation"] or 0) > SCATTER and not _is_of_g(row)]


def scattered(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """By figure those of g that change with the seed."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if _is_of_g(row) and (row["deviation"] or 0) > SCATTER:
            found.setdefault(row["figure"], []).append(row)
    panels = published_panels()
    return [(in_scenario_a(title(panels[those[0]["panel"]])), those) for those in found.values()]


def _is_of_g(row: Row) -> bool:
    """Whether the paper's claim is about it: the accuracy of g, or its agreement with f."""
    return row["series"] in (NETWORKS["g"], "agreement")


def _points(axes: Axes, rows: list[Row], look: tuple[str, str, str], label: str) -> None:
    marker, colour, filling = look
    ours, read = ([row[name] for row in rows] for name in ("mean", "published"))
    axes.plot(
        ours, read, marker, color=colour, fillstyle=filling, ms=3.5, mew=0.7, alpha=0.7, label=label
    )


def told(rows: Sequence[Row], link: str) -> str:
    """The picture with its caption, what is to be seen in it; `link`: to its folder.

    Folded: the picture of all other values.
    """
    read = compared(rows)
    words = "Published over our values: stable ones lie on the line, others of g to one side of it"
    sides = [
        f"{_side(found)} ({colour}, *{name}*)"
        for (name, found), colour in zip(scattered(read), COLOURS, strict=False)
    ]
    of_g = f"; published g lies {', '.join(sides)}" if sides else ""
    caption = f"*Published values over ours*: stable ones (blue) are near the line of equals{of_g}."
    others = len(unjudged(read)) + len(restless(read))
    of_rest = f"![The other published values over ours]({link}/{REST}.png)"
    title = f"The other {others} values: too few seeds, or f or |cos| that changes with the seed"
    return f"![{words}]({link}/{NAME}.png)\n\n{caption}\n\n{folded(title, of_rest)}"


def _side(rows: Sequence[Row]) -> str:
    """On which side of the line more of the values lie, and how many."""
    above = sum(row["published"] > row["mean"] for row in rows)
    below = len(rows) - above
    side, many = ("above", above) if above >= below else ("below", below)
    return f"{side} it at {many} of {len(rows)} points"
