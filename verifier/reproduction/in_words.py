"""What a gallery's data say in sentences: the same on its page, on a terminal, in README and docs.

All take the content of a `gallery.json`, or its `summary`, and count nothing themselves.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.named import in_words
from verifier.reproduction.panels import SERIES, published_panels

_WIDTHS = {s.m for p in published_panels().values() if "cossim" in p.series for s in p.settings}
WIDE = (
    "The line is for wide networks; these have "
    f"m = {' and '.join(str(m) for m in sorted(_WIDTHS))} and train long."
)
PARTS = "What matters is [T over the root of m](studies.md#directions-in-the-figures), T the time"
"""Why |cos| is far from the theory's line, as it was measured."""

THE_PANEL, THE_MAP = "the whole panel", "the map"
"""What was not run, where it is not single points of a panel."""


def plural(n: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def extent(content: dict[str, Any]) -> str:
    """How many points were run at published size, how many smaller, and with how many seeds."""
    said = []
    if content["points"]:
        said.append(f"{content['run']} of {plural(content['points'], 'point')} at published size")
    if content["run_reduced"]:
        smaller = plural(content["run_reduced"], "point")
        said.append(f"{smaller} of reduced size or with fewer images")
    seeds = sorted(set(content["seeds"] or ()))
    many = f", {' to '.join(map(str, seeds))} {'seed' if seeds == [1] else 'seeds'} a point"
    return " and ".join(said) + (many if seeds else "")


def left_out(content: dict[str, Any]) -> str:
    """How many panels and maps were not run, wholly and in part; empty if all were."""
    counts = Counter(n["which"] for n in content["not_run"])
    panels, maps = counts[THE_PANEL], counts[THE_MAP]
    in_part = counts.total() - panels - maps
    named = [plural(n, what) for n, what in ((panels, "panel"), (maps, "map")) if n]
    said = [f"{' and '.join(named)} not run at all"] if named else []
    said += [f"{plural(in_part, 'panel')} only in part"] if in_part else []
    return ", ".join(said)


def stable_of_g(summary: dict[str, Any]) -> str:
    """How many values of g can be compared, and how many of these fit; empty if none was judged."""
    g = summary["g"]
    judged = g["stable"] + g["chaotic"]
    if not judged:
        return ""
    fit = "all" if g["matched"] == g["stable"] > 0 else str(g["matched"])
    return (
        "The paper's claim is about g, the network trained on perturbations: of its "
        f"{judged:,} published accuracies and agreements with f judged here, {g['stable']} "
        f"{'is' if g['stable'] == 1 else 'are'} stable from seed to seed; of these, {fit} fit"
        f"{wrong_ones(summary)}."
    )


def wrong_ones(summary: dict[str, Any]) -> str:
    """How many of g's stable values would fit, too, if they were wrong on purpose."""
    tried = shares(summary, 0)
    if not tried:
        return ""
    ends = dict.fromkeys(f"{share:.0%}" for share in (min(tried), max(tried)))
    nothing = ", so that this comparison shows nothing about g" if min(tried) >= LEVEL else ""
    return f", and so would {' to '.join(ends)} of wrong values put in their place{nothing}"


def shares(summary: dict[str, Any], k: int) -> list[float]:
    """Of each control, the share that fits: in g's series, 0, or in the others, 1."""
    return [c["matched"][k] / c["stable"][k] for c in summary["controls"] if c["stable"][k]]


def never_judged(summary: dict[str, Any]) -> str:
    """How many values of g would be off that no ten seeds have judged; empty if there are none."""
    found = summary["unjudged_of_g"]
    if not found:
        return ""
    values, off = (sum(counts[k] for counts in found.values()) for k in (0, 1))
    return (
        f"Of the {values} accuracies of g and agreements with f for which ten seeds were never "
        f"run, {off} would be off if they were stable from seed to seed"
    )


def _where_off(summary: dict[str, Any]) -> str:
    found = [(k, n, name) for name, (n, k) in summary["unjudged_of_g"].items() if k]
    found.sort(key=lambda one: -one[0])
    where = [f"{in_words(name)}, {k} of {n}" for k, n, name in found[:2]]
    if rest := found[2:]:
        where.append(f"and {sum(k for k, _, _ in rest)} in {plural(len(rest), 'other panel')}")
    said = never_judged(summary)
    return f"{said}{': ' if where else ''}{'; '.join(where)}." if said else ""


def beside_prediction(summary: dict[str, Any]) -> str:
    """At how many of our stable values the theory's line is far off, |cos| first; or empty."""
    predicted = summary["predicted"]
    said = [
        f"|cos|, which is 1 where perturbations point exactly where the theory says, is more than "
        f"{NEAR} off the theory's line at {r['far']} of {r['stable']} stable points "
        f"({_worst(r['farthest'])}). {WIDE} {PARTS}."
        for r in predicted
        if r["series"] == "cossim" and r["far"]
    ]
    others = [r for r in predicted if r["series"] != "cossim" or not r["far"]]
    if any(r["far"] for r in others):
        far, stable = (sum(r[name] for r in others) for name in ("far", "stable"))
        named = ", ".join(SERIES[r["series"]] for r in others)
        are = "is" if far == 1 else "are"
        said.append(f"Of the {stable} other stable values ({named}), {far} {are} as far off.")
    return " ".join(said)


def _worst(c: dict[str, Any]) -> str:
    published = "" if c["published"] is None else f", published {c['published']:.3f}"
    return f"worst: theory {c['predicted']:.3f}, ours {c['mean']:.3f}{published}"


def what_is_chaotic(content: dict[str, Any]) -> str:
    """What the word means, and which seeds have judged it."""
    rules, seeds = content["rules"], content["seeds"]
    judged = rules["judged_by"] or "no seeds yet"
    own = f"its own seeds where they are {rules['least_seeds']} or more, else by "
    has_own = bool(seeds) and seeds[-1] >= rules["least_seeds"]
    return (
        f"A value is chaotic if the standard deviation over seeds (a whisker) exceeds "
        f"{rules['scatter']}: then a single seed, as the published one, says little. That is "
        f"decided by {own if has_own else ''}{judged}."
    )


def above(g: dict[str, Any]) -> str:
    """How often the published g is above our mean where seeds scatter; empty if nowhere."""
    if not g["chaotic"]:
        return ""
    where = f"{g['above']} of {plural(g['chaotic'], 'chaotic value')}"
    by = f"{abs(g['higher']):.3f} {'higher' if g['higher'] >= 0 else 'lower'}"
    return f"The published g is above our mean at {where}, on average {by}."


def scattered(content: dict[str, Any]) -> str:
    """On which side of ours the published values lie that one seed cannot settle; or empty.

    By figure: they may lean to opposite sides, and a sum would hide it.
    """
    g = content["summary"]["g"]
    if not g["chaotic"]:
        return ""
    by_figure = [
        f"{f['g']['above']} of {f['g']['chaotic']} in {f['title']}"
        for f in content["figures"]
        if f["g"]["chaotic"]
    ]
    return (
        f"At the other {g['chaotic']:,}, seeds scatter too much for that. There the published "
        f"value lies above our mean at {', at '.join(by_figure)}; a typical seed's would at about "
        "half."
    )


def why(content: dict[str, Any]) -> str:
    """Why the published g is not at our mean, or that it is not known; empty if it never scatters.

    A Markdown paragraph, for a page of the docs.
    """
    if not content["summary"]["g"]["chaotic"]:
        return ""
    found = one_draw.of_figures(content)
    if not found:
        return (
            "**Why published g is not at ours is not known.** The published values of a panel are "
            "of one seed, so that they may be high or low together."
        )
    return (
        f"**Likely why published g lies to one side: {one_draw.WHY}.** "
        f"{one_draw.how_usual(found)}. [How that was measured, and what it leaves]"
        f"({one_draw.PAGE})."
    )


def misfits(content: dict[str, Any]) -> list[str]:
    """What speaks against the comparison, or what it does not reach; nothing if nothing does."""
    said = [stable_of_g(content["summary"]), scattered(content), *other_misfits(content)]
    return [sentence for sentence in said if sentence]


def other_misfits(content: dict[str, Any]) -> list[str]:
    """Those beside where the published g lies: never judged, off the prediction, not compared."""
    summary = content["summary"]
    said = [_where_off(summary), beside_prediction(summary)]
    none = [r for r in summary["readable"] if r["readable"] and not r["compared"]]
    said += [
        f"Nothing of scenario ({r['scenario']}) is compared: 0 of {plural(r['readable'], 'value')} "
        "that could be read."
        for r in none
    ]
    return [sentence for sentence in said if sentence]


def in_short(content: dict[str, Any]) -> str:
    """What was run, and what does not fit: what must stand beside any of the pictures."""
    summary = content["summary"]
    said = [ran(content), stable_of_g(summary), scattered(content)]
    return " ".join(sentence for sentence in said if sentence)


def ran(content: dict[str, Any]) -> str:
    """How much was trained, and what was not."""
    missing = left_out(content)
    return f"Trained again so far: {extent(content)}{'; ' if missing else ''}{missing}."
