"""What of a gallery does not fit, and why: a heading for each, in the order of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from verifier.report.misfit import STUDIED
from verifier.report.written import count
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.conclusion import leaning, leans_in, sides, some_draws_lie_as_far
from verifier.reproduction.in_words import plural

UNKNOWN = "Why is not known"
TOO_LONG = "Likely: trained too long for the width"
OF_G = {"accuracy": "accuracies", "agreement": "agreements with f"}


class Misfit(NamedTuple):
    """What does not fit, how much, and what is likely why; its part of the page has the `id`."""

    id: str
    what: str
    how_much: str
    why: str


def misfits(content: dict[str, Any]) -> list[Misfit]:
    """What the content of a `gallery.json` has of each kind."""
    of_theory = [*_predictions(content), *_directions(content), *_maps(content)]
    return [*_stable(content), *_one_sided(content), *of_theory, *_others(content)]


def _stable(content: dict[str, Any]) -> Iterator[Misfit]:
    off = len(content["summary"]["misses"])
    if off:
        what = f"{plural(off, 'published value')} {'is' if off == 1 else 'are'} off ours"
        how_much = f"Outside the band of our seeds, and more than {NEAR} from our mean"
        yield Misfit("off", what, how_much, UNKNOWN)


def _one_sided(content: dict[str, Any]) -> Iterator[Misfit]:
    if told := sides(content):
        likely = "Likely chance: each published figure is one random draw"
        why = likely if some_draws_lie_as_far(content) else UNKNOWN
        how_much = ", ".join(map(_side, filter(leans_in, leaning(content))))
        yield Misfit("one-sided", f"Published g lies {told}", how_much, why)


def _side(figure: dict[str, Any]) -> str:
    """On which side the published g of a figure lies, and how often."""
    return f"{sided(figure['g'])} in {figure['title']}"


def sided(g: dict[str, Any]) -> str:
    """On which side of ours published values lie more often, and how often."""
    side, n = max((("below", g["below"]), ("above", g["above"])), key=lambda found: found[1])
    return f"{side} at {_part(n, g['chaotic'])} values"


def _predictions(content: dict[str, Any]) -> Iterator[Misfit]:
    far = {}
    for name in ("accuracy", "agreement"):
        off, of = (sum(f["off_g"][name][k] for f in content["figures"]) for k in (0, 1))
        if off:
            far[name] = _part(off, of)
    if far:
        told = " and ".join(f"{part} {OF_G[name]}" for name, part in far.items())
        how_much = told
        every = [
            sum(f["off_g"][name][k] for f in content["figures"] for name in OF_G) for k in (0, 1)
        ]
        what = f"The theory's predictions of g are more than {NEAR} off at {_part(*every)}"
        yield Misfit("predictions", what, how_much, TOO_LONG)


def _directions(content: dict[str, Any]) -> Iterator[Misfit]:
    studied = sum(one["far"] for one in content["directions"] if one["panel"] == STUDIED)
    for r in content["summary"]["predicted"]:
        if r["series"] == "cossim" and r["far"]:
            how_much = f"{_part(r['far'], r['stable'])} values of |cos| are more than {NEAR} off"
            likely, unknown = f"{TOO_LONG[0].lower()}{TOO_LONG[1:]}", r["far"] - studied
            some = f"At {studied} {likely}; at {unknown} not known"
            why = TOO_LONG if studied == r["far"] else some if studied else UNKNOWN
            what = (
                f"The theory's directions of perturbations are more than {NEAR} off at "
                f"{_part(r['far'], r['stable'])} where seeds hardly differ"
            )
            yield Misfit("directions", what, how_much, why)


def _maps(content: dict[str, Any]) -> Iterator[Misfit]:
    """Where f and g differ: how much of it the published prediction of g finds."""
    for figure in content["figures"]:
        if found := figure.get("differ"):
            published, ours = (_ends([one[k] for one in found]) for k in ("published", "ours"))
            what = "The paper's formula ĝ for g misses where f and g differ"
            how_much = f"It finds {published} of that region; with them, {ours}"
            yield Misfit("differ", what, how_much, "It leaves out g's targets and biases")


def _ends(shares: list[float]) -> str:
    return " to ".join(dict.fromkeys(f"{end:.1%}" for end in (min(shares), max(shares))))


def _others(content: dict[str, Any]) -> Iterator[Misfit]:
    counts = content["summary"]["unjudged_of_g"].values()
    values, off = (sum(pair[k] for pair in counts) for k in (0, 1))
    if off:
        what = "Values of g that too few seeds judge look off"
        how_much = f"{_part(off, values)} would be, were they judged as the others"
        yield Misfit("few-seeds", what, how_much, UNKNOWN)


def _part(n: int, of: int) -> str:
    return f"{count(n)} of {count(of)}"
