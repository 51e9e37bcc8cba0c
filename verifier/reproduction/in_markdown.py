"""A reproduction as a part of a Markdown page of the docs: what does not fit, then its tables."""

from __future__ import annotations

from typing import Any

from verifier.reproduction.in_words import misfits, ran, why
from verifier.reproduction.panels import SERIES


def in_markdown(content: dict[str, Any]) -> str:
    """What was run, and how it compares."""
    scale = content["about"]["scale"]
    return f"The newest run is at {scale} scale. {ran(content)}\n\n{compared(content)}"


def compared(content: dict[str, Any], with_misfits: bool = True) -> str:
    """What does not fit, the comparison by series, and what its rule says of wrong values.

    Not `with_misfits` where the page has told of them before.
    """
    summary = content["summary"]
    against = [f"- {said}" for said in misfits(content)] if with_misfits else []
    reached = " and ".join(
        f"{r['compared']} of {r['readable']} in scenario ({r['scenario']})"
        for r in summary["readable"]
    )
    lines = [
        *([known, ""] if (known := why(content)) else []),
        *(["**What does not fit.**", "", *against, ""] if against else []),
        f"Of the values that could be read off the figures, it compared {reached}. Where seeds "
        "scatter too much, a value is *chaotic*; where no ten seeds were run, *unjudged*. "
        "Of the others, the stable ones:",
        "",
        "| series | fit | mean distance | chaotic | unjudged |",
        "|---|--:|--:|--:|--:|",
    ]
    for r in summary["series"]:
        matched = f"{r['inside'] + r['near']} of {r['stable']}"
        apart = "-" if r["apart"] is None else f"{r['apart']:.3f}"
        name = SERIES[r["series"]].replace("|", r"\|")
        lines.append(f"| {name} | {matched} | {apart} | {r['chaotic']} | {r['unjudged']} |")
    lines += ["", unforeseen] if (unforeseen := without_prediction(summary)) else []
    lines += [
        "",
        "<details><summary>How often values that are wrong on purpose fit, too</summary>",
        "",
        "By the same rule, in g's series and in the others. Where these fit as often as ours, the "
        "comparison shows nothing:",
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
    return "\n".join([*lines, "", "</details>"])


def without_prediction(summary: dict[str, Any]) -> str:
    """How many stable values the theory predicts nothing for, by series; empty if it has them all.

    So that there are fewer predictions to be near than values in the table.
    """
    foreseen = {r["series"]: r["stable"] for r in summary["predicted"]}
    lacking = {r["series"]: r["stable"] - foreseen.get(r["series"], 0) for r in summary["series"]}
    named = [f"{SERIES[series]} {n}" for series, n in lacking.items() if n > 0]
    if not named:
        return ""
    return (
        f"Stable values without a prediction: {', '.join(named)}. They are of trainings with the "
        "logistic loss, which is predicted apart from the training, and was not in this run."
    )
