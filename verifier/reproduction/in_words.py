"""What a gallery's data say in sentences: the same on its page, on a terminal, in README and docs.

All take the content of a `gallery.json`, or its `summary`, and count nothing themselves.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from verifier.reproduction.panels import SERIES

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
        f"{plural(judged, 'published value')} judged here, {g['stable']} "
        f"{'is' if g['stable'] == 1 else 'are'} stable from seed to seed; of these, {fit} fit"
        f"{_wrong_ones(summary)}."
    )


def _wrong_ones(summary: dict[str, Any]) -> str:
    """How many of g's stable values would fit, too, if they were wrong on purpose."""
    shares = [c["matched"][0] / c["stable"][0] for c in summary["controls"] if c["stable"][0]]
    if not shares:
        return ""
    ends = dict.fromkeys(f"{share:.0%}" for share in (min(shares), max(shares)))
    return f", and so would {' to '.join(ends)} of wrong values put in their place"


def above(g: dict[str, Any]) -> str:
    """How often the published g is above our mean where seeds scatter; empty if nowhere."""
    if not g["chaotic"]:
        return ""
    where = f"{g['above']} of {plural(g['chaotic'], 'chaotic value')}"
    by = f"{abs(g['higher']):.3f} {'higher' if g['higher'] >= 0 else 'lower'}"
    return f"The published g is above our mean at {where}, on average {by}."


def scattered(g: dict[str, Any]) -> str:
    """On which side of ours the published values lie that one seed cannot settle; or empty."""
    if not g["chaotic"]:
        return ""
    return (
        f"At the other {g['chaotic']:,}, seeds scatter too much for that. There the published "
        f"value lies above our mean at {g['above']}; a typical seed's would at about half."
    )


def misfits(content: dict[str, Any]) -> list[str]:
    """What speaks against the comparison, or what it does not reach; nothing if nothing does."""
    g = content["summary"]["g"]
    said = [stable_of_g(content["summary"])]
    if g["chaotic"]:
        by_figure = [
            f"{f['title']} {f['g']['above']} of {f['g']['chaotic']}"
            for f in content["figures"]
            if f["g"]["chaotic"]
        ]
        said.append(
            f"{scattered(g)} By figure: {'; '.join(by_figure)}. Why is not known; the published "
            "values of a panel are of one seed, so that they may be high or low together."
        )
    none = [r for r in content["summary"]["readable"] if r["readable"] and not r["compared"]]
    said += [
        f"Nothing of scenario ({r['scenario']}) is compared: 0 of {plural(r['readable'], 'value')} "
        "that could be read."
        for r in none
    ]
    return [sentence for sentence in said if sentence]


def in_short(content: dict[str, Any]) -> str:
    """What was run, and what does not fit: what must stand beside any of the pictures."""
    summary = content["summary"]
    said = [_ran(content), stable_of_g(summary), scattered(summary["g"])]
    return " ".join(sentence for sentence in said if sentence)


def _ran(content: dict[str, Any]) -> str:
    missing = left_out(content)
    return f"Trained again so far: {extent(content)}{'; ' if missing else ''}{missing}."


def in_markdown(content: dict[str, Any]) -> str:
    """What was run, and how it compares."""
    ran = f"The newest run is at {content['about']['scale']} scale. {_ran(content)}"
    return f"{ran}\n\n{compared(content)}"


def compared(content: dict[str, Any]) -> str:
    """What does not fit, the comparison by series, and what its rule says of wrong values."""
    summary, against = content["summary"], misfits(content)
    reached = " and ".join(
        f"{r['compared']} of {r['readable']} in scenario ({r['scenario']})"
        for r in summary["readable"]
    )
    lines = [
        *(["**What does not fit.** " + " ".join(against), ""] if against else []),
        f"Of the values that could be read off the figures, it compared {reached}. "
        "Of the stable ones:",
        "",
        "| series | fit | mean distance | chaotic | unjudged |",
        "|---|--:|--:|--:|--:|",
    ]
    for r in summary["series"]:
        matched = f"{r['inside'] + r['near']} of {r['stable']}"
        apart = "-" if r["apart"] is None else f"{r['apart']:.3f}"
        name = SERIES[r["series"]].replace("|", r"\|")
        lines.append(f"| {name} | {matched} | {apart} | {r['chaotic']} | {r['unjudged']} |")
    lines += [
        "",
        "Values that are wrong on purpose, by the same rule, in g's series and in the others.",
        "Where these fit as often as ours, the comparison shows nothing:",
        "",
        "| wrong values | g: fit | ours | others: fit | ours |",
        "|---|--:|--:|--:|--:|",
    ]
    for c in summary["controls"]:
        cells = [
            f"{c[which][k] / c['stable'][k]:.0%}" if c["stable"][k] else "-"
            for k in (0, 1)
            for which in ("matched", "true")
        ]
        lines.append(f"| {c['name']} | {' | '.join(cells)} |")
    return "\n".join(lines)
