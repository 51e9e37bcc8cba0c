"""What figures show of the theory: why its claim holds, maps, and how far statements reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verifier.reproduction.comparison.summary import of_g
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import reduction, title
from verifier.reproduction.gallery.maps import (
    draw_explained,
    draw_map,
    map_shares,
    one_of_each,
)
from verifier.reproduction.gallery.pictures import (
    Sign,
    bare,
    inline_png,
    legend_of,
    merged,
    save,
    swatches,
)
from verifier.reproduction.panels import PointSetting

BEHIND = {
    "claim": (),
    "explained": ("E1",),
    "agreement": ("R5",),
    "cossim": ("R2", "R3", "R4"),
    "maps": ("R5",),
}
"""The statements that are behind each kind of figure; `reach` says how far they reach there."""

SCENARIOS = {
    "a": "g is trained on the perturbations alone.",
    "b": "g is trained on samples with their perturbations added.",
}
"""What the letter behind the data's name says."""
DIRECTIONS = "How well perturbations point where the theory says: |cos| is 1 if exactly there."

MAPS = (
    "f and g give a point the same class where it is blue, and differ where it is white. f̂ and ĝ "
    "are what the theory predicts for them: white between their lines. The paper's line of ĝ lies "
    "on that of f̂ or near it, so that it predicts hardly any white."
)
SUMS = (
    "Compare the second image of a row with the third. Yellow adds and blue removes; here "
    "every image is attacked towards class +1, and so the sums look alike. What an attack "
    "adds is close to a weighted sum of the images that f was trained on, and so shows both "
    "classes: that is what another network can learn from."
)
ALONE = (
    "That is exact. The sum shown is what is known of it before training: without the initial "
    "weights' part, and with the weights of the wide limit. The cosine says how much that misses."
)
"""What the sums of explained images lack."""


def reach(kind: str, settings: Sequence[PointSetting]) -> str:
    """Whether the statements behind a figure bound anything at the settings that it shows."""
    if kind == "explained":
        return ALONE
    if kind == "cossim":
        widths = " and ".join(str(m) for m in sorted({s.m for s in settings}))
        return (
            "These are limits of wide networks, and bound nothing at a single width, here "
            f"m = {widths}: how far |cos| is from the line is measured, not foretold."
        )
    one = sum(s.loss == "identity" and s.epochs_f == s.epochs_g == 1 for s in settings)
    where = "so that its bound is empty here" if not one else "and at the others its bound is empty"
    return (
        "That size is known after one step of each network under the identity loss. "
        f"{one or 'None'} of these {len(settings)} settings took one step each, {where}: how far "
        "the prediction is off is measured, not foretold."
    )


def of_maps(run: Reproduction, pictures: Path) -> dict[str, Any]:
    """Where f and g agree on the plane of the class means; pictures are saved to a folder too."""
    items, differ = [], []
    legends: list[Mapping[str, Sign]] = []
    for drawn in run.maps:
        if drawn.name not in run.map_results:
            continue
        result = run.map_results[drawn.name]
        figure = draw_map(drawn, result)
        save(figure, pictures, drawn.name)
        legends.append(legend_of(figure))
        agree, *shares = map_shares(result)
        _, *published = map_shares(result, result.published_g_hat)
        s = drawn.setting
        white = {"ours": shares[1], "published": published[1]}
        differ += [white] if drawn.factor == 1 and None not in white.values() else []
        caption = _found(shares, published)
        lines = [
            f"{agree:.1%} of the plane is blue.",
            f"d = {s.d}, N = {s.N}, ε = {s.eps:g}, seed {result.seed}.",
        ]
        heading = ", ".join(part for part in (title(drawn), reduction(drawn)) if part)
        alternative = f"Plane of the class means, {heading}: {caption}"
        picture = inline_png(bare(figure), alternative)
        more = {"summary": "The setting", "lines": lines}
        items.append(item(drawn.name, heading, picture, caption, more, drawn.factor != 1))
    settings = [drawn.setting for drawn in run.maps if drawn.name in run.map_results]
    plain = unmeasured("maps", "Where f and g agree", MAPS, items, merged(legends), settings)
    return {**plain, "differ": differ}


def _found(ours: Sequence[float | None], published: Sequence[float | None]) -> str:
    """How much of the blue part, and of the white one if there is any, each theory is right on.

    >>> _found((1.0, 0.5), (0.25, 0.0))
    "On the white ĝ is right at 50.0%, the paper's ĝ at 0.0%; on the blue at 100.0% and 25.0%."
    >>> _found((1.0, None), (0.25, None))
    "ĝ is right on 100.0% of the blue, the paper's ĝ on 25.0%."
    """
    (blue, white), (published_blue, published_white) = ours, published
    both = f"{blue:.1%}", f"{published_blue:.1%}"
    if white is None:
        return f"ĝ is right on {both[0]} of the blue, the paper's ĝ on {both[1]}."
    found = f"On the white ĝ is right at {white:.1%}, the paper's ĝ at {published_white:.1%}"
    return f"{found}; on the blue at {' and '.join(both)}."


def of_explained(run: Reproduction, pictures: Path) -> dict[str, Any]:
    """Images with their perturbations and the sums that the theory predicts for them."""
    items = []
    for explained in run.explained:
        figure = draw_explained(one_of_each(explained))
        name = f"explained-{explained.task}"
        save(figure, pictures, name)
        low, high = explained.cosines.min(), explained.cosines.max()
        caption = (
            f"Cosine of perturbation and sum, over {len(explained.images)} images: {low:.3f} to "
            f"{high:.3f}. Seed {explained.seed}."
        )
        picture = inline_png(figure, f"Rows of three images. {caption}")
        heading = explained.task.replace("mnist", "MNIST").replace("fashion", "Fashion")
        items.append(item(name, heading, picture, caption))
    named = "Why g can learn: perturbations are close to sums of samples"
    return unmeasured("explained", named, SUMS, items, {})


def item(
    name: str,
    heading: str,
    picture: str,
    caption: str,
    details: dict[str, Any] | None = None,
    reduced: bool = False,
) -> dict[str, Any]:
    """A picture with what stands around it."""
    plain = {"name": name, "heading": heading, "picture": picture, "caption": caption}
    return {**plain, "details": details, "reduced": reduced}


def unmeasured(
    name: str,
    heading: str,
    about: str,
    items: list[dict[str, Any]],
    legend: Mapping[str, Sign],
    settings: Sequence[PointSetting] = (),
) -> dict[str, Any]:
    """A figure that nothing published is compared with."""
    plain = {"name": name, "scenario": "", "title": heading, "about": about, "items": items}
    lead = items[0]["name"] if items else ""
    return {
        **plain,
        "lead": lead,
        "glance": {"picture": "", "legend": []},
        "legend": swatches(legend, f"{name}-legend"),
        "statements": BEHIND[name],
        "reach": reach(name, settings) if BEHIND[name] else "",
        "points": 0,
        "run": 0,
        "run_reduced": 0,
        "g": of_g([]),
        "verdicts": {},
        "fits": None,
        "farthest": "",
        "at_zero": "",
        "ends": None,
        "off_most": "",
        "unjudged": 0,
        "unjudged_g": {"of": 0},
        "off_g": {"far": 0, "of": 0, "accuracy": [0, 0], "agreement": [0, 0]},
        "readable": None,
    }
