"""Figures that nothing published is compared with: explained images, and maps of agreement."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist

from verifier.reproduction.comparison.summary import of_g
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import reduction, title
from verifier.reproduction.gallery.maps import (
    draw_explained,
    draw_map,
    map_shares,
    one_of_each,
    published_apart,
)
from verifier.reproduction.gallery.pictures import (
    bare,
    inline_png,
    legend_of,
    save,
    swatches,
)

ILLUSTRATED = {
    "explained": ("E1",),
    "agreement": ("R5",),
    "cossim": ("R2", "R3", "R4"),
    "maps": ("R5",),
}
"""The statements that each kind of figure illustrates."""

MAPS = (
    "Shaded, f and g give a point the same class; the lines are where the theory expects changes."
)
SUMS = "What an attack adds to an image looks like a weighted sum of the images trained on."


def of_maps(run: Reproduction, pictures: Path) -> dict[str, Any]:
    """Where f and g agree on the plane of the class means; pictures are saved to a folder too."""
    items = []
    legend: dict[str, Artist] = {}
    for drawn in run.maps:
        if drawn.name not in run.map_results:
            continue
        result = run.map_results[drawn.name]
        figure = draw_map(drawn, result)
        save(figure, pictures, drawn.name)
        legend |= legend_of(figure)
        agree, *shares = map_shares(result)
        parts = zip(shares, ("of that", "of the rest"), strict=True)
        told = " and ".join(f"{share:.1%} {part}" for share, part in parts if share is not None)
        s, apart = drawn.setting, published_apart(result)
        caption = (
            f"f and g agree on {agree:.1%} of the plane. The signs of f̂ and ĝ foretell {told}. "
            f"The published ĝ has another sign than ĝ on {apart:.1%}. "
            f"d = {s.d}, N = {s.N}, ε = {s.eps:g}, seed {result.seed}."
        )
        heading = ", ".join(part for part in (title(drawn), reduction(drawn)) if part)
        items.append(
            {
                "name": drawn.name,
                "heading": heading,
                "picture": inline_png(
                    bare(figure), f"Plane of the class means, {heading}: {caption}"
                ),
                "caption": caption,
                "reduced": drawn.factor != 1,
            }
        )
    return _unmeasured("maps", "Where f and g agree", MAPS, items, legend)


def of_explained(run: Reproduction, pictures: Path) -> dict[str, Any]:
    """Images with their perturbations and the sums that the theory predicts for them."""
    items = []
    for explained in run.explained:
        figure = draw_explained(one_of_each(explained))
        name = f"explained-{explained.task}"
        save(figure, pictures, name)
        low, high = explained.cosines.min(), explained.cosines.max()
        caption = (
            "Each row: an image, what the attack adds to it towards class +1, and the sum that "
            "the theory predicts. Bright adds, dark removes. Cosine of the two, over "
            f"{len(explained.images)} images: {low:.3f} to {high:.3f}. Seed {explained.seed}."
        )
        picture = inline_png(figure, f"Rows of three images. {caption}")
        heading = explained.task.replace("mnist", "MNIST").replace("fashion", "Fashion")
        shown = {"name": name, "heading": heading, "picture": picture, "caption": caption}
        items.append({**shown, "reduced": False})
    return _unmeasured("explained", "A perturbation is a sum of training samples", SUMS, items, {})


def _unmeasured(
    name: str,
    heading: str,
    about: str,
    items: list[dict[str, Any]],
    legend: Mapping[str, Artist],
) -> dict[str, Any]:
    """A figure that nothing published is compared with."""
    plain = {"name": name, "title": heading, "about": about, "items": items}
    return {
        **plain,
        "legend": swatches(legend, f"{name}-legend"),
        "statements": ILLUSTRATED[name],
        "points": 0,
        "run": 0,
        "run_reduced": 0,
        "g": of_g([]),
        "verdicts": {},
        "fits": None,
        "unjudged_off": 0,
        "readable": None,
    }
