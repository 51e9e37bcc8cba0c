"""Tables and verdicts of `docs/studies.md`, between its markers: none of its numbers is typed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from benchmarks.findings.finding import Mean
from benchmarks.studies.depth import QUANTITIES
from benchmarks.studies.ten_classes import CLASSES

Runs = dict[str, list[float]]

CLOSE = 0.05
"""Predicted and trained agreement count as equal if their difference is surely less than this."""
NEAR = 0.1
"""An accuracy of ten classes is predicted if the error is surely less than this."""

VERDICT = "**Verdict.**"
MANY = 10
"""Lines of numbers that are not seen beside their verdict on a phone."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def told(values: list[float]) -> str:
    """A mean with half its interval."""
    found = Mean.of(values)
    return f"{found.mean:.3f} ± {found.high - found.mean:.3f}"


def narrow(cells: list[dict[str, Any]]) -> str:
    """Agreement by width and time."""
    rows, left = [], []
    for cell in cells:
        pairs = zip(cell["predicted"], cell["trained"], strict=True)
        difference = Mean.of([p - t for p, t in pairs])
        if why := _why_not(difference, CLOSE):
            left.append(f"m = {cell['width']}, T_g = {cell['g_time']:g} ({why})")
        columns = [told(cell[name]) for name in ("trained", "predicted", "lazy")]
        shown = f"{difference.mean:+z.3f} ({difference.low:+z.3f} to {difference.high:+z.3f})"
        rows.append([str(cell["width"]), f"{cell['g_time']:g}", *columns, shown])
    head = ["m", "T_g", "trained", "N1", "if g were lazy", "N1 - trained"]
    count = (
        f"The difference is surely below {CLOSE} in {len(rows) - len(left)} of {len(rows)} cells"
    )
    return table(head, rows) + f"\n\n**Verdict.** {count}" + _but(left)


def _why_not(difference: Mean, most: float) -> str:
    """Why a difference is not surely below `most` in size; empty if it is."""
    if max(abs(difference.low), abs(difference.high)) < most:
        return ""
    return "too few runs to say" if difference.low <= 0 <= difference.high else "off"


def _but(left: list[str]) -> str:
    return f". Not so: {'; '.join(left)}." if left else "."


def deep(rows: list[dict[str, Any]]) -> str:
    """Each quantity by depth, of a trained f and of the control."""
    shown, left, count = [], [], 0
    for row in rows:
        name = f"{row['depth']}, by patches" if row["patches"] else str(row["depth"])
        columns = {
            side: [[run[k] for run in row[side]] for k in range(len(QUANTITIES))]
            for side in ("trained", "control")
        }
        for side, values in columns.items():
            shown.append([f"{name}, {side}", *(told(column) for column in values)])
        for quantity, trained, control in zip(QUANTITIES, *columns.values(), strict=True):
            count += 1
            if not Mean.of(trained).low > Mean.of(control).high:
                left.append(f"{quantity} at {name}")
    verdict = f"Surely above the control: {count - len(left)} of {count}"
    head = ["layers, f", *QUANTITIES]
    return table(head, shown) + f"\n\n**Verdict.** {verdict}" + _but(left)


def attacks(rows: list[dict[str, Any]]) -> str:
    """Accuracy of g by attack."""
    shown = [[row["attack"], told(row["accuracy"]), told(row["control"])] for row in rows]
    left = [
        row["attack"]
        for row in rows
        if not Mean.of(row["accuracy"]).low > Mean.of(row["control"]).high
    ]
    verdict = f"Surely above the control: {len(rows) - len(left)} of {len(rows)} attacks"
    head = ["attack", "accuracy of g", "control"]
    return table(head, shown) + f"\n\n**Verdict.** {verdict}" + _but(left)


def without_training(rows: list[dict[str, Any]]) -> str:
    """How far the attack along `nabla f_hat` goes, by width."""
    shown = [[str(row["width"]), told(row["cosine"]), told(row["fall"])] for row in rows]
    return table(["m", "cosine with f's own gradient", "share of what that one changes"], shown)


def directions(rows: list[dict[str, Any]]) -> str:
    """How far |cos| is from its prediction, by width and time, and which of them orders that."""
    shown, cells = [], []
    for row in rows:
        pairs = zip(row["predicted"], row["trained"], strict=True)
        gap = Mean.of([abs(p - t) for p, t in pairs])
        ratio = row["time"] / math.sqrt(row["width"])
        cells.append({"T/√m": ratio, "T": row["time"], "1/m": 1 / row["width"], "off": gap.mean})
        means = [told(row[name]) for name in ("trained", "predicted")]
        shown.append([str(row["width"]), f"{row['time']:.3g}", f"{ratio:.2g}", *means, f"{gap}"])
    head = ["m", "T", "T/√m", "trained", "predicted", "distance"]
    by = (f"the larger {name} in {_ordered(cells, name)}" for name in ("T/√m", "T", "1/m"))
    return (
        f"{table(head, shown)}\n\n**Verdict.** Of two cells farther off is the one with "
        f"{', with '.join(by)} pairs that differ in it."
    )


def _ordered(cells: list[dict[str, float]], name: str) -> str:
    """In how many pairs of cells that differ in this the larger one is farther off."""
    pairs = [(a, b) for a, b in combinations(cells, 2) if a[name] != b[name]]
    alike = sum((a[name] > b[name]) == (a["off"] > b["off"]) for a, b in pairs)
    return f"{alike} of {len(pairs)}"


NAMED_BY = ("predicted", "from the data alone", "by one step", "control")


def _shares(runs: Runs, named: str) -> list[str]:
    """How often a class is named by the network, by each prediction and by the control."""
    return [told(runs[named]), *(told(runs[f"{named} {who}"]) for who in NAMED_BY)]


def classes(parts: list[dict[str, Any]]) -> str:
    """What f and g make of ten classes of each data set, and what was predicted of it."""
    absent, right, following = "", [], []
    learnt: dict[str, Runs] = {}
    for part in parts:
        data = part["data"]
        if "missing" in part:
            absent += f"**Left out:** {data} is not here (`{part['missing']}`).\n\n"
            continue
        f = part["f"]
        shares = _shares(f, "right")
        right.append([f"{data}, f: images", "", *shares, told(f["as predicted"]), ""])
        for row in part["settings"]:
            runs, source = row["runs"], "perturbations" if row["alone"] else "images with them"
            setting = f"{source}, {row['targets']}, ε = {row['eps']:g}"
            name = f"{data}, g: {setting}"
            alike = [told(runs["as predicted"]), told(runs["as f"])]
            right.append([name, told(runs["cosine"]), *_shares(runs, "right"), *alike])
            if row["targets"] == "next":
                following.append([name, *_shares(runs, "next")])
            learnt[f"{data}, {setting}"] = runs
    name = "network and what it learns from"
    first = table([name, "cosine", "right", *NAMED_BY, "as predicted", "as f"], right)
    second = table([name, "next", *NAMED_BY], following)
    return f"{absent}{first}\n\n{second}\n\n**Verdict.** {_of_classes(learnt)}"


def _of_classes(learnt: dict[str, Runs]) -> str:
    """How often g is right by more than the control and chance, and how often as predicted."""
    unlearnt, missed = [], []
    for name, runs in learnt.items():
        if not Mean.of(runs["right"]).low > max(1 / CLASSES, Mean.of(runs["right control"]).high):
            unlearnt.append(name)
        pairs = zip(runs["right predicted"], runs["right"], strict=True)
        error = Mean.of([p - t for p, t in pairs])
        if why := _why_not(error, NEAR):
            missed.append(f"{name} ({why})")
    n = len(learnt)
    return (
        f"g is surely more often right than the control and than one in {CLASSES}: "
        f"{n - len(unlearnt)} of {n}{_but(unlearnt)} The predicted share is surely within {NEAR} "
        f"of g's: {n - len(missed)} of {n}{_but(missed)}"
    )


SECTIONS = {
    "narrow": narrow,
    "depth": deep,
    "attacks": attacks,
    "without training": without_training,
    "directions": directions,
    "classes": classes,
}


def verdict_first(text: str) -> str:
    """A section's verdict before its numbers; these folded, where there are many."""
    numbers, mark, verdict = text.partition(f"\n\n{VERDICT}")
    if not mark:
        return text
    if numbers.count("\n") > MANY:
        numbers = f"<details><summary>All numbers</summary>\n\n{numbers}\n\n</details>"
    return f"{VERDICT}{verdict}\n\n{numbers}"


def with_numbers(page: str, found: dict[str, Any]) -> str:
    """The page with each section's table and verdict from what was found."""
    for name, section in SECTIONS.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        new = f"{begin}\n{verdict_first(section(found[name]))}\n{end}"
        page = re.sub(f"{begin}.*?{end}", lambda _, text=new: text, page, flags=re.S)
    return page
