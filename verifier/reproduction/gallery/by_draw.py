"""How well g learns differs from draw to draw: what that says of the claim, and of published g."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.captions import at
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.one_draw import OneDraw, as_one_sided
from verifier.reproduction.panels import Panel

CHANCE = 0.5
"""The accuracy of a network that has learnt nothing: both classes are as large."""


def draws_of(run: Reproduction, panel: Panel) -> OneDraw | None:
    """What further draws of this panel were found to do, if they were of the same setting."""
    found = one_draw.draws().get(title(panel))
    is_of_it = found is not None and found.panel == panel.name and panel.name not in run.obstacles
    return found if is_of_it else None


def learnt(run: Reproduction, panel: Panel, of_g: Mapping[float, Sample], of_f: float) -> str:
    """How many samples g gets right at the panel's last x, draw by draw, and how many f."""
    x, more = max(of_g), draws_of(run, panel)
    further = dict(more.of_g).get(x, ()) if more else ()
    found = sorted(further or of_g[x].values)
    hardly = [value for value in found if value <= CHANCE + NEAR]
    some = found[len(hardly) :]
    kind = "draw" if further else "seed"
    if not hardly or not some:
        every = f"all {len(found)} {kind}s" if len(found) > 1 else f"one {kind}"
        said = f"{_range(found)} in {every}"
    else:
        said = f"{_range(some)} in {len(some)} of {len(found)} {kind}s, {_range(hardly)} in "
        said += str(len(hardly))
    return f"{title(panel)}, {at(panel, x)}: {said}; f {of_f:.1%}"


def _range(found: Sequence[float]) -> str:
    return " to ".join(dict.fromkeys(f"{end:.1%}" for end in (found[0], found[-1])))


def beside(run: Reproduction, panel: Panel, pairs: Mapping[float, tuple[float, float]]) -> str:
    """On which side of ours the published g lies, and how often one of our draws does as well.

    `pairs`: at each x the published value and our mean.
    """
    if not pairs:
        return ""
    more = draws_of(run, panel)
    higher = sum(published > mean for published, mean in pairs.values())
    lower = sum(published < mean for published, mean in pairs.values())
    is_below = not more.is_above if more else lower == len(pairs)  # the side of the draws, too
    far = lower if is_below else higher
    at = "all" if is_below and far == len(pairs) else f"{far} of"
    side = "below" if is_below else "above"
    said = f"Published g is {side} our mean at {at} {len(pairs)} points"
    share = as_one_sided(more, [*pairs], far, run.seeds) if more else None
    if more is None or share is None:
        return f"{said}."
    end = "high" if more.is_above else "low"
    lie = "lies" if more.as_far == 1 else "lie"
    others = "another" if run.seeds == 1 else f"the mean of {run.seeds} others"
    return (
        f"Published g lies among our draws: {more.as_far} of {more.seeds} {lie} as {end}. "
        f"{said.replace('our mean', mean_of(run))}; by chance, too, one of our draws is as often "
        f"{side} {others}, in {share:.0%} of cases."
    )


def mean_of(run: Reproduction) -> str:
    """What stands for ours where no further draws are shown."""
    return "our seed" if run.seeds == 1 else f"the mean of our {run.seeds} seeds"
