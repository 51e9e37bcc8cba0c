"""What a reader concludes from a gallery's data: a headline, and how far it can be trusted.

Counted by others, from the content of a `gallery.json`; never more than was counted.
"""

from __future__ import annotations

from typing import Any

from verifier.report.misfit import leans
from verifier.reproduction import one_draw
from verifier.reproduction.in_words import plural, shares

WEAK = 0.5
"""A test that lets this share of the wrong values pass, of every kind, is weak."""

OF_G, OF_OTHERS = 0, 1
"""Whose wrong values: those in g's series, or those in the others."""


def headline(content: dict[str, Any]) -> str:
    """Whether the stable published values fit, what that shows, and where the others lie."""
    summary = content["summary"]
    stable, off = summary["stable"], len(summary["misses"])
    if not stable:
        trial = "A trial in little: " if content["run_reduced"] and not content["run"] else ""
        trained = plural(content["run"] + content["run_reduced"], "point")
        return f"{trial}{trained} trained, no published value tested"
    if off:
        fit = "does not fit" if off == 1 else "do not fit"
        return f"{off:,} of {plural(stable, 'stable published value')} {fit}"
    all_fit = f"All {stable:,} stable published values fit"
    said = all_fit if stable > 1 else "The one stable published value fits"
    return _of_sides(content) or f"{said}{_shown(summary)}"


def _shown(summary: dict[str, Any]) -> str:
    """How little it shows that all fit; empty if no wrong values were tried."""
    if weak := weakness(summary):
        return f", {weak}"
    ends = [share for which in (OF_G, OF_OTHERS) for share in shares(summary, which)]
    return f" (of wrong ones, {from_to(ends)} would)" if ends else ""


def weakness(summary: dict[str, Any]) -> str:
    """What kind of test most wrong values pass, too; empty if none, or if none were tried."""
    if is_weak(summary):
        return "a weak test"
    return "a weak test of g" if is_weak(summary, OF_G) else ""


def _of_sides(content: dict[str, Any]) -> str:
    """Where the published g lies to one side of ours; empty if it does in no figure.

    Where draws of ours were found to lie as far, that the draw matters.
    """
    told = sides(content)
    if not told:
        return ""
    learnt = "g learns from perturbations alone; published g" if _learns(content) else "Published g"
    if _learns(content) and some_draws_lie_as_far(content):
        return "A network learns from perturbations alone; how well depends on the random draw"
    return f"{learnt} lies {told}"


def sides(content: dict[str, Any]) -> str:
    """In how many figures the published g lies above ours, and below it; empty if in none."""
    above = [2 * f["g"]["above"] > f["g"]["chaotic"] for f in content["figures"] if leans_in(f)]
    counts = {"above": above.count(True), "below": above.count(False)}
    told = ", ".join(f"{side} ours in {_figures(n)}" for side, n in counts.items() if n)
    return told.replace("figure, below ours in one figure", "figure, below in another")


def some_draws_lie_as_far(content: dict[str, Any]) -> bool:
    """Whether in every figure that leans some draws of ours were found to lie as far."""
    found = {one.title: one.as_far for one in one_draw.of_figures(content)}
    leaning = [f for f in content["figures"] if leans_in(f)]
    return all(found.get(f["title"]) for f in leaning)


def _learns(content: dict[str, Any]) -> bool:
    """Whether the picture of the paper's claim shows it."""
    return any(f.get("learns") for f in content["figures"])


def _figures(n: int) -> str:
    return "one figure" if n == 1 else f"{n} figures"


def is_weak(summary: dict[str, Any], *which: int) -> bool:
    """Whether wrong values of every kind fit that often: in g's series, in the others, or in both.

    False if none were tried.
    """
    tried = [share for one in which or (OF_G, OF_OTHERS) for share in shares(summary, one)]
    return bool(tried) and min(tried) >= WEAK


def how_sure(summary: dict[str, Any]) -> tuple[str, str]:
    """Whether that values fit was hardly tested, and what share of wrong ones fit, too.

    Nothing is said if no wrong ones were tried.
    """
    tried = [share for which in (OF_G, OF_OTHERS) for share in shares(summary, which)]
    wrong = from_to(tried) if tried else ""
    if is_weak(summary):
        return "hardly tested", wrong
    return ("hardly tested of g" if is_weak(summary, OF_G) else ""), wrong


def from_to(tried: list[float]) -> str:
    """The least share and the greatest, once if they are read the same."""
    return " to ".join(dict.fromkeys(f"{end:.0%}" for end in (min(tried), max(tried))))


def leaning(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures whose published g scatters, the one that leans most to one side first."""
    found = [f for f in content["figures"] if f["g"]["chaotic"]]
    return sorted(found, key=lambda f: -abs(f["g"]["above"] - f["g"]["chaotic"] / 2))


def leans_in(figure: dict[str, Any]) -> bool:
    """Whether most of its published g that scatter, three out of four, are on one side of ours."""
    return leans(figure["g"]["above"], figure["g"]["chaotic"])
