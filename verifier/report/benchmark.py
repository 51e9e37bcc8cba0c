"""A finished run of `benchmarks/`: read from its file, as ratios, as a table and as a picture.

Ratios are of medians, library/other: below 1 the library is faster.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from verifier.errors import InputError, require
from verifier.report.extra import extra

LIBRARY = "library"
RIVALS = ("limit", "bandwidth", "baseline")
"""Contestants with a column of their own; the others share the last one."""
PLACES = (".verifier/bench*.json", ".benchmarks/*/*.json")
"""Where `make benchmark` writes, and where pytest-benchmark does when told to save."""

MEANING = (
    "limit: only the matrix products; bandwidth: only as many bytes moved; baseline: plain code.\n"
    "cache-, memory-sized: what fits a CPU's cache, what does not; paper-sized: as in the paper.\n"
    "error: of the library, relative to the plain formula in float64; of a flow, the share of "
    "signs that differ from ten times more steps."
)


class Timing(NamedTuple):
    """Median seconds of one contestant, and its relative error where that was measured."""

    median: float
    error: float | None


class Growing(NamedTuple):
    """Median seconds by the value of one size, and the exponent fitted to them."""

    medians: dict[int, float]
    exponent: float


class Timings(NamedTuple):
    """A run of `benchmarks/`: contestants by group, and how time grows with each size.

    `about`: when, on what, and of which commit, as far as the file says.
    """

    groups: dict[str, dict[str, Timing]]
    growth: dict[str, Growing]
    about: str


def latest() -> Path:
    """The newest benchmark file; raises `InputError` if there is none."""
    found = [path for place in PLACES for path in Path().glob(place)]
    require(bool(found), "file", " or ".join(PLACES), "none there yet; `make benchmark` makes one")
    return max(found, key=lambda path: path.stat().st_mtime)


def read(file: Path) -> Timings:
    """The timings in `file`, of groups that the library took part in.

    Raises `InputError` if `file` is not what pytest-benchmark writes, or times no library.
    """
    groups: dict[str, dict[str, Timing]] = {}
    growth: dict[str, Growing] = {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        for entry in content["benchmarks"]:
            about = entry["extra_info"]
            if "contestant" in about:
                error = about.get("error")
                timing = Timing(
                    _positive(entry["stats"]["median"]), None if error is None else float(error)
                )
                groups.setdefault(_text(entry["group"]), {})[_text(about["contestant"])] = timing
            elif "exponent" in about:
                sizes = sorted((int(_positive(n)), s) for n, s in about["medians"].items())
                medians = {n: _positive(s) for n, s in sizes}
                if len(medians) < 2 or not math.isfinite(about["exponent"]):
                    raise ValueError(f"exponent {about['exponent']} from {len(medians)} sizes")
                growth[_text(about["size"])] = Growing(medians, float(about["exponent"]))
        about_run = _about(content)
    except OSError as problem:
        raise InputError("file", file, f"must be readable: {problem.strerror}") from None
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as problem:
        raise InputError(
            "file",
            file,
            f"must be what `pytest benchmarks/ --benchmark-json=FILE` writes: {problem!r}",
        ) from None
    groups = {g: t for g, t in groups.items() if LIBRARY in t}
    require(bool(groups or growth), "file", file, "holds no timing of the library")
    return Timings(groups, growth, about_run)


def _about(content: dict[str, Any]) -> str:
    """Of a file that pytest-benchmark wrote; it leaves out what it could not find."""
    machine = content.get("machine_info") or {}
    commit = content.get("commit_info") or {}
    threads = {entry["extra_info"].get("threads") for entry in content["benchmarks"]} - {None}
    cpu = machine.get("cpu") or {}
    parts = (
        content.get("datetime", "")[:16],
        cpu.get("brand_raw") or machine.get("processor"),
        f"threads: {', '.join(map(str, sorted(threads)))}" if threads else "",
        f"commit {commit['id'][:7]}" if commit.get("id") else "",
    )
    return "; ".join(part for part in parts if part)


def growth_line(growth: Mapping[str, Growing]) -> str:
    """The fitted exponents, in words."""
    powers = [f"{size}^{growing.exponent:.2f}" for size, growing in growth.items()]
    return f"the time of train grows as {', '.join(powers)}"


def _text(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"a name {name!r}")
    return name


def _positive(seconds: Any) -> float:
    if not 0 < float(seconds) < math.inf:
        raise ValueError(f"a median of {seconds} s")
    return float(seconds)


def ratios_of(timings: Mapping[str, Timing]) -> dict[str, float]:
    """library/other for each other contestant."""
    own = timings[LIBRARY].median
    return {name: own / timing.median for name, timing in timings.items() if name != LIBRARY}


def show(ratio: float) -> str:
    """Two digits after the point; fewer, or more, where those say too much or nothing."""
    if ratio >= 100:
        return f"{ratio:.0f}"
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def error_of(timing: Timing) -> str:
    """The relative error in two digits; empty where none was measured."""
    return "" if timing.error is None else f"{timing.error:.1e}"


def text(found: Timings, width: int, color: bool = False) -> str:
    """The table, what its words mean, how time grows, and what the file says of the run."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=color, highlight=False)
    if found.groups:
        console.print(_table(found.groups))
        console.print(MEANING)
    if found.growth:
        console.print(Text(growth_line(found.growth)))
    if found.about:
        console.print(Text(found.about))
    return stream.getvalue()


def _table(groups: Mapping[str, Mapping[str, Timing]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("group")
    for name in (LIBRARY, *(f"{LIBRARY}/{rival}" for rival in RIVALS), "error"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(f"{LIBRARY}/others, their error")
    for group, timings in groups.items():
        ratios = ratios_of(timings)
        library = timings[LIBRARY]
        known = [show(ratios[rival]) if rival in ratios else "" for rival in RIVALS]
        others = [
            f"{name} {show(ratio)} {error_of(timings[name])}".rstrip()
            for name, ratio in ratios.items()
            if name not in RIVALS
        ]
        seconds = f"{library.median:.3g} s"
        table.add_row(Text(group), seconds, *known, error_of(library), Text(", ".join(others)))
    return table


def draw(found: Timings, file: Path, output: Path) -> bool:
    """Write the picture of what was read from `file`; False if there is nothing to compare.

    Raises `InputError` where `output` is `file` itself, or no writable picture, or a package of the
    extra is missing.
    """
    ratios = [(g, name, r) for g, t in found.groups.items() for name, r in ratios_of(t).items()]
    if not (ratios or found.growth):
        return False
    require(
        output.resolve() != file.resolve(), "output", output, "must not be the file that is read"
    )
    with extra("plot"):
        from verifier.report import benchmark_plot
    try:
        benchmark_plot.draw(ratios, found.growth, output)
    except (OSError, ValueError) as problem:
        raise InputError("output", output, f"must be a writable picture: {problem}") from None
    return True
