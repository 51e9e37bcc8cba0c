"""What growth was measured, as exponents in a table and as a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from verifier.report.plots import INK, STYLE
from verifier.statistics.exponent import replicate_slopes
from verifier.statistics.symmetric import half_width

MISSED = 0.05  # an interval misses the exponent in so many of all cases
LOOKS = {"m": "o-", "N": "s--", "d": "^-.", "K": "D:", "P": "v-"}
COUNTED = {"m": "neurons", "N": "samples", "d": "dimensions", "K": "steps", "P": "points"}

Sizes = dict[str, list[int]]


def exponent(sizes: list[int], rows: list[list[float]]) -> tuple[float, float]:
    """The mean slope of log seconds over log size, and half its interval (`exponent.slope`)."""
    slopes = replicate_slopes(sizes, torch.tensor(rows, dtype=torch.float64, device="cpu"))
    mean = float(slopes.mean())
    spread = float((slopes - mean).square().mean().sqrt())
    return mean, half_width(spread, len(slopes), MISSED)


def steps(sizes: list[int], values: list[float]) -> list[float]:
    """The exponent from each size to the next."""
    pairs = zip(
        zip(sizes, values, strict=True), zip(sizes[1:], values[1:], strict=True), strict=False
    )
    return [math.log(v / u) / math.log(y / x) for (x, u), (y, v) in pairs]


def medians(rows: list[list[float]]) -> list[float]:
    """Of each column."""
    return torch.tensor(rows, dtype=torch.float64, device="cpu").median(dim=0).values.tolist()


def rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """For each size, both works' exponents of time and memory."""
    told = []
    for size, values in found["sizes"].items():
        cells = []
        for work in ("check", "run"):
            one = found[work][size]
            mean, half = exponent(values, one["seconds"])
            last = steps(values, medians(one["seconds"]))[-1]
            held = steps(values, one["bytes"])
            cells += [f"{mean:.2f} ± {half:.2f}", f"{last:.2f}"]
            cells.append(f"{min(held):.2f} to {max(held):.2f}")
        told.append((f"{size}, {COUNTED[size]}", f"{values[0]} to {values[-1]}", *cells))
    return told


HEADS = (
    "size",
    "values",
    "check: time",
    "check: last step",
    "check: memory",
    "run: time",
    "run: last step",
    "run: memory",
)


def told(found: dict[str, Any]) -> str:
    """What was measured, how, and under what load."""
    about, fixed = found["about"], found["fixed"]
    base = [found[work]["m"] for work in ("check", "run")]
    at = found["sizes"]["m"].index(fixed["m"])
    check, run = (medians(one["seconds"])[at] * 1e3 for one in base)
    held, most = (one["bytes"][at] / 2**20 for one in base)
    kept = ", ".join(f"{name} = {value}" for name, value in fixed.items())
    replicates = len(base[0]["seconds"])
    loads = " and ".join(f"{load:.1f}" for load in about["load"])
    return "\n".join(
        [
            f"*check*: E1 on one configuration, both trainings included; *run*: all "
            f"{len(about['statements'])} statements that share a trial in a run's search.",
            f"One size grows, the others stay at {kept}, where a check takes {check:.0f} ms and "
            f"{held:.1f} MiB, a run {run:.0f} ms and {most:.1f} MiB.",
            f"*time*: the exponent fitted to all values, with an interval that holds it in "
            f"{1 - MISSED:.0%} of all cases ({replicates} replicates, each its own draw; it "
            "supposes one power over all values, which a last step that differs denies).",
            "*last step*: from the last value but one to the last, by medians; *memory*: the least "
            "and the largest exponent from one value to the next.",
            f"Seconds of the process, one thread, float64, torch {about['torch']}, "
            f"{about['cores']} cores under a load of {loads} at start and end, "
            f"{about['started'][:10]}.",
        ]
    )


def draw(found: dict[str, Any], output: Path) -> None:
    """Time and memory of both works against each size, as multiples of the first value."""
    with rc_context(STYLE):
        figure = Figure(figsize=(9, 6), layout="constrained")
        panels = figure.subplots(2, 2, sharex=True, sharey=True)
        for row, work in zip(panels, ("check", "run"), strict=True):
            for axes, quantity in zip(row, ("time", "memory"), strict=True):
                _lines(axes, found, work, quantity)
        panels[0, 0].legend()
        figure.savefig(output, dpi=110, metadata={"Software": None})


def _lines(axes: Axes, found: dict[str, Any], work: str, quantity: str) -> None:
    for size, values in found["sizes"].items():
        one = found[work][size]
        measured = medians(one["seconds"]) if quantity == "time" else one["bytes"]
        x = [value / values[0] for value in values]
        axes.plot(x, [v / measured[0] for v in measured], LOOKS[size], label=size, markersize=4)
    axes.plot([1, 16], [1, 16], color=INK, linewidth=0.8, label="proportional")
    for axis in (axes.xaxis, axes.yaxis):
        (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log", base=2)
        axis.set_major_formatter(FuncFormatter(lambda multiple, _: f"{multiple:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_title(f"{work}: {quantity}", fontsize=9)
    axes.set_xlabel("size, as a multiple of the least")
