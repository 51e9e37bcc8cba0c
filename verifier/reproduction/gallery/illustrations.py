"""Figures that nothing published is compared with: explained images, and maps of agreement."""

from __future__ import annotations

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
    published_apart,
)
from verifier.reproduction.gallery.pictures import inline_png, save, untitled

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
    for drawn in run.maps:
        if drawn.name not in run.map_results:
            continue
        result = run.map_results[drawn.name]
        figure = draw_map(drawn, result)
        save(figure, pictures, drawn.name)
        untitled(figure)
        agree, *told = map_shares(result)
        both, differ = ("all (there is none)" if t is None else f"{t:.1%}" for t in told)
        s, apart = drawn.setting, published_apart(result)
        caption = (
            f"f and g agree on {agree:.1%} of the plane. The signs of f̂ and ĝ say so on {both} of "
            f"that part, and rightly the contrary on {differ} of the rest. The published ĝ, "
            f"without targets and biases, has another sign than ĝ on {apart:.1%} of the plane "
            f"(d = {s.d}, N = {s.N}, ε = {s.eps:g}). Seed {result.seed}."
        )
        heading = ", ".join(part for part in (title(drawn), reduction(drawn)) if part)
        items.append(
            {
                "name": drawn.name,
                "heading": heading,
                "picture": inline_png(
                    untitled(figure), f"Plane of the class means, {heading}: {caption}"
                ),
                "caption": caption,
                "reduced": drawn.factor != 1,
            }
        )
    return _unmeasured("maps", "Where f and g agree", MAPS, items)


def of_explained(run: Reproduction, pictures: Path) -> dict[str, Any]:
    """Images with their perturbations and the sums that the theory predicts for them."""
    items = []
    for explained in run.explained:
        figure = draw_explained(one_of_each(explained))
        name = f"explained-{explained.task}"
        save(figure, pictures, name)
        low, high = explained.cosines.min(), explained.cosines.max()
        caption = (
            "Each row: an image, what the attack adds to move it towards class +1, and the sum "
            "that the theory predicts for it. Bright adds, dark removes. "
            f"Cosine of the two, over {len(explained.images)} images: {low:.3f} to {high:.3f}. "
            f"Seed {explained.seed}."
        )
        picture = inline_png(figure, f"Rows of three images. {caption}")
        heading = explained.task.replace("mnist", "MNIST").replace("fashion", "Fashion")
        shown = {"name": name, "heading": heading, "picture": picture, "caption": caption}
        items.append({**shown, "reduced": False})
    return _unmeasured("explained", "A perturbation is a sum of training samples", SUMS, items)


def _unmeasured(name: str, heading: str, about: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A figure that nothing published is compared with."""
    plain = {"name": name, "title": heading, "about": about, "items": items}
    return {
        **plain,
        "statements": ILLUSTRATED[name],
        "points": 0,
        "run": 0,
        "run_reduced": 0,
        "g": of_g([]),
        "verdicts": {},
        "fits": None,
    }
