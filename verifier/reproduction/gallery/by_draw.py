"""How well g learns differs from draw to draw: what that says of the claim, and of published g."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.captions import at
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.gallery.looks import CHANCE
from verifier.reproduction.one_draw import PARTS, OneDraw, as_one_sided, outside
from verifier.reproduction.panels import Panel

LEARNT = CHANCE + NEAR
"""From here on it has learnt something."""


def draws_of(run: Reproduction, panel: Panel) -> OneDraw | None:
    """What further draws of this panel were found to do, if they were of the same setting."""
    found = one_draw.draws().get(title(panel))
    is_of_it = found is not None and found.panel == panel.name and panel.name not in run.obstacles
    return found if is_of_it else None


def learnt(run: Reproduction, panel: Panel, of_g: Mapping[float, Sample]) -> dict[str, Any]:
    """In how many draws, or seeds, g learns at the panel's last x: how many, and how well.

    It learns where it gets more right than chance and what is near it.
    """
    x, more = max(of_g), draws_of(run, panel)
    further = dict(more.of_g).get(x, ()) if more else ()
    kind, found = "draw" if further else "seed", sorted(further or of_g[x].values)
    hardly = [value for value in found if value <= LEARNT]
    some = found[len(hardly) :]
    kinds = kind if len(found) == 1 else f"{kind}s"
    said = [f"g {_range(some)}"] if some else []
    said += [f"{'the others' if some else 'g'} {_range(hardly)}"] if hardly else []
    where = f"{kinds} of {title(panel)}, {at(panel, x)}"
    counts = {"learnt": len(some), "of": len(found), "kind": kind}
    return {**counts, "title": title(panel), "where": where, "how_well": ", ".join(said)}


def _range(found: Sequence[float]) -> str:
    return " to ".join(dict.fromkeys(f"{end:.1%}" for end in (found[0], found[-1])))


def beside(run: Reproduction, panel: Panel, pairs: Mapping[float, tuple[float, float]]) -> str:
    """Where the published g lies: among our draws, or on which side of our mean.

    `pairs`: at each x the published value and our mean.
    """
    if not pairs:
        return ""
    more = draws_of(run, panel)
    if more is not None:
        return f"{among_draws(more)} {what_decides(more)}"
    higher, lower = _sides(pairs)
    if lower == len(pairs):
        return f"Published g is below our mean at all {lower} points."
    return f"Published g is above our mean at {higher} of {len(pairs)} points."


def among_draws(more: OneDraw) -> str:
    """How many of our further draws lie as far to the published side."""
    lie, end = ("lies" if more.as_far == 1 else "lie"), ("high" if more.is_above else "low")
    return f"{more.as_far} of our {more.seeds} draws {lie} as {end} on average as the published g."


def what_decides(more: OneDraw) -> str:
    """What of a draw changes g most."""
    return f"What matters most in a draw: {PARTS[more.decides]}."


def by_chance(
    run: Reproduction,
    panel: Panel,
    pairs: Mapping[float, tuple[float, float]],
    beyond: int,
) -> dict[str, Any] | None:
    """How usual what is found of published g would be of one of our own draws, beside others.

    `pairs`: at each x the published value and the mean of our seeds, as many as the others;
    `beyond`: how many published values are outside their band. `side`: how often a draw is as often
    to the published side of the others' mean; `outside`: how often it is as often outside their
    band; `points`: the share of points at which it is. None without further draws.
    """
    more = draws_of(run, panel)
    if more is None or not pairs:
        return None
    side = as_one_sided(more, [*pairs], _sides(pairs)[not more.is_above], run.seeds)
    found = outside(more, [*pairs], beyond, run.seeds)
    if side is None or found is None:
        return None
    return {"title": title(panel), "side": side, "outside": found[0], "points": found[1]}


def _sides(pairs: Mapping[float, tuple[float, float]]) -> tuple[int, int]:
    """How many published values are above ours, and how many below."""
    higher = sum(published > mean for published, mean in pairs.values())
    return higher, sum(published < mean for published, mean in pairs.values())
