"""One series of a panel on its axes: each kind of mark, with what stands for it in the legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from verifier.reproduction.comparison.published import Published
from verifier.reproduction.gallery.looks import (
    BESIDE,
    LOOKS,
    OF_G,
    READ,
    is_behind,
    look,
    weight_of,
)
from verifier.reproduction.gallery.numbers import Row
from verifier.reproduction.panels import Panel
from verifier.reproduction.training.recipes import PUBLISHED, THEORY, Schedule

BAND_OF_G, BAND_OF_ALL = "g of one more run, 95%", "one more run, 95%"
BAND = 0.12
"""How opaque: to be seen on a phone, though a band of three seeds may fill a panel."""
DEVIATION = "std. dev. of seeds"
EACH_DRAW = "g, each"

Draws = Sequence[tuple[float, Sequence[float]]]
"""At each x the values of g, one for each draw."""


@dataclass
class Series:
    """A series on `axes`; `legend` takes the signs of what is drawn, by label."""

    axes: Axes
    name: str
    panel: Panel
    rows: Sequence[Row]
    legend: dict[str, list[Artist]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.colour, self.marker = LOOKS[self.name]
        self.weight = weight_of(self.name, self.panel)
        self.thin = {**self.weight, "linewidth": 0.6 * self.weight["linewidth"]}
        self.ours = [row for row in self._of(PUBLISHED) if row["mean"] is not None]

    def _of(self, recipe: Schedule) -> list[Row]:
        name = (self.name, recipe.name)
        return [row for row in self.rows if (row["series"], row["recipe"]) == name]

    def _note(self, label: str, sign: Artist) -> None:
        self.legend.setdefault(label, []).append(sign)

    def draw_draws(self, draws: Draws) -> None:
        """Further draws, a line each."""
        xs, values = zip(*draws, strict=True)
        lines = self.axes.plot(xs, values, "-", color=self.colour, lw=1.0, alpha=0.7, label="draw")
        self._note(f"{EACH_DRAW} of {len(lines)} draws", lines[0])

    def draw_seeds(self, pairs: Sequence[tuple[float, float]]) -> None:
        """A dot for each seed."""
        style: dict[str, Any] = {"color": self.colour, "alpha": 0.7, "markersize": 5}
        self.axes.plot(*zip(*pairs, strict=True), ".", label="seed", **style)
        self._note("each seed", look(self.colour, ".", "", markersize=5, alpha=0.7))

    def draw_band(self) -> None:
        """Where one further run falls with probability 0.95, as far as it can."""
        if any(row["low"] is not None for row in self.ours):
            (xs, low), (_, high) = line(self.ours, "low"), line(self.ours, "high")
            ends = np.clip(low, 0, 1), np.clip(high, 0, 1)
            self.axes.fill_between(xs, *ends, color=self.colour, alpha=BAND, linewidth=0)
            label = BAND_OF_G if self.name == OF_G else BAND_OF_ALL
            self._note(label, Patch(color=self.colour, alpha=BAND, lw=0))

    def draw_mean(self) -> None:
        """Our mean over seeds."""
        if self.ours:
            style = {"marker": self.marker, "color": self.colour, "label": self.name, **self.weight}
            self.axes.plot(*line(self.ours, "mean"), "-", **style)

    def draw_scatter(self) -> None:
        """A whisker beside each mean: the band of three seeds says little of how far ten scatter.

        From 0 to 1, as no share and no |cos| lies elsewhere.
        """
        rows = [row for row in self.ours if row["deviation"]]
        if not rows:
            return
        xs, means = line(rows, "mean")
        lengths = [row["deviation"] for row in rows]
        down, up = np.minimum(lengths, means), np.minimum(lengths, np.subtract(1, means))
        aside = BESIDE.get(self.name, 0.0) if {*BESIDE} <= {*self.panel.series} else 0.0
        beside = ScaledTranslation(aside / 72, 0, self.axes.figure.dpi_scale_trans)
        self.axes.errorbar(
            xs,
            means,
            (down, up),
            fmt="none",
            ecolor=self.colour,
            elinewidth=0.55 * self.weight["linewidth"],
            alpha=self.weight["alpha"],
            transform=self.axes.transData + beside,
        )
        for ends in (np.subtract(means, down), np.add(means, up)):
            self.axes.update_datalim(np.transpose([xs, ends]))
        self._note(DEVIATION, look(self.colour, "|", "", markersize=8))

    def draw_predicted(self) -> None:
        """The theory's mean."""
        self._draw_theory(self.ours, "predicted", "--", "predicted", "predicted")

    def draw_descent(self) -> None:
        """The mean of plain gradient descent."""
        self._draw_theory(self._of(THEORY), "mean", ":", "theory recipe", "gradient descent")

    def _draw_theory(
        self, rows: Sequence[Row], column: str, dashes: Any, label: str, noted: str
    ) -> None:
        xs, values = line(rows, column)
        if xs:
            self.axes.plot(xs, values, dashes, color=self.colour, label=label, **self.thin)
            self._note(noted, look(self.colour, "", dashes, **self.thin))

    def draw_published(self, published: Mapping[tuple[float, str], Published]) -> None:
        """The published values that could be read."""
        read = {
            x: p.value
            for (x, name), p in published.items()
            if name == self.name and p.quality == "ok" and p.value is not None
        }
        if not read:
            return
        sign = READ.get(self.name, self.marker) if OF_G in self.panel.series else self.marker
        style = {
            "markersize": 4.5 if is_behind(self.name, self.panel) else 6.5,
            "markeredgewidth": 0.75 * self.weight["linewidth"],
            "alpha": self.weight["alpha"],
            "fillstyle": "none",
            "zorder": 4,  # on top of all lines
        }
        label = "published"
        self.axes.plot([*read], [*read.values()], sign, color=self.colour, label=label, **style)
        self._note(label, look(self.colour, sign, "", **style))

    def draw_from_settings(self) -> None:
        """P6, the accuracy of g from the settings alone."""
        xs, values = line(self.ours, "P6")
        if xs:
            style: dict[str, Any] = {"color": self.colour, "linewidth": 1}
            self.axes.plot(xs, values, "-.", label="P6", zorder=3, **style)
            self._note("g, from settings (P6)", look(self.colour, "", "-.", linewidth=1))


def line(rows: Sequence[Row], column: str) -> tuple[list[float], list[float]]:
    """What stands in a column over x, where there is a number."""
    found = [(row["x"], row[column]) for row in rows if row[column] is not None]
    return [x for x, _ in found], [value for _, value in found]
