"""`verifier bench`: a finished run of `benchmarks/` as a table and a plot of ratios."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from verifier.errors import InputError, require
from verifier.report.terminal import wide_enough

LIBRARY = "library"
COLUMNS = ("limit", "bandwidth", "baseline")
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


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "bench",
        help="print and plot the ratios of a finished run of benchmarks/",
        description="Reads what `pytest benchmarks/ --benchmark-json=FILE` wrote, and times "
        "nothing itself. Ratios are of medians: below 1 the library is faster.",
    )
    places = " or ".join(PLACES)
    parser.add_argument("file", type=Path, nargs="?", help=f"its path (default: newest {places})")
    parser.add_argument("--output", type=Path, help="the plot (default: FILE with suffix .png)")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, write the plot and say where."""
    file: Path = arguments.file or latest()
    found = read(file)
    console = Console(width=wide_enough(), force_terminal=sys.stdout.isatty(), highlight=False)
    if found.groups:
        console.print(_table(found.groups))
        console.print(MEANING)
    if found.growth:
        console.print(Text(growth_line(found.growth)))
    if found.about:
        console.print(Text(found.about))
    ratios = [(g, name, r) for g, t in found.groups.items() for name, r in ratios_of(t).items()]
    if ratios or found.growth:
        output: Path = arguments.output or file.with_suffix(".png")
        rule = "must not be the file that is read"
        require(output.resolve() != file.resolve(), "output", output, rule)
        _draw(ratios, found.growth, output)
        print(output)
    else:
        print("no picture: the library was timed alone")
    return 0


def latest() -> Path:
    """The newest benchmark file; raises `InputError` if there is none."""
    found = [path for place in PLACES for path in Path().glob(place)]
    rule = "none there yet; `make benchmark` makes one"
    require(bool(found), "file", " or ".join(PLACES), rule)
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
                group, name = _text(entry["group"]), _text(about["contestant"])
                groups.setdefault(group, {})[name] = timing
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
        rule = f"must be what `pytest benchmarks/ --benchmark-json=FILE` writes: {problem!r}"
        raise InputError("file", file, rule) from None
    groups = {g: t for g, t in groups.items() if LIBRARY in t}
    require(bool(groups or growth), "file", file, "holds no timing of the library")
    return Timings(groups, growth, about_run)


def _about(content: dict[str, Any]) -> str:
    """Of a file that pytest-benchmark wrote; it leaves out what it could not find."""
    machine, commit = content.get("machine_info") or {}, content.get("commit_info") or {}
    threads = {entry["extra_info"].get("threads") for entry in content["benchmarks"]} - {None}
    cpu = machine.get("cpu") or {}
    parts = (
        content.get("datetime", "")[:16],
        cpu.get("brand_raw") or machine.get("processor"),
        f"threads: {', '.join(map(str, sorted(threads)))}" if threads else "",
        f"commit {commit['id'][:7]}" if commit.get("id") else "",
    )
    return "; ".join(part for part in parts if part)


def growth_line(growth: dict[str, Growing]) -> str:
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


def ratios_of(timings: dict[str, Timing]) -> dict[str, float]:
    """library/other for each other contestant."""
    own = timings[LIBRARY].median
    return {name: own / timing.median for name, timing in timings.items() if name != LIBRARY}


def show(ratio: float) -> str:
    """Two digits after the point; fewer, or more, where those say too much or nothing."""
    if ratio >= 100:
        return f"{ratio:.0f}"
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def _error(timing: Timing) -> str:
    return "" if timing.error is None else f"{timing.error:.1e}"


def _table(groups: dict[str, dict[str, Timing]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("group")
    for name in (LIBRARY, *(f"{LIBRARY}/{rival}" for rival in COLUMNS), "error"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(f"{LIBRARY}/others, their error")
    for group, timings in groups.items():
        ratios, library = ratios_of(timings), timings[LIBRARY]
        known = [show(ratios[rival]) if rival in ratios else "" for rival in COLUMNS]
        others = [
            f"{name} {show(ratio)} {_error(timings[name])}".rstrip()
            for name, ratio in ratios.items()
            if name not in COLUMNS
        ]
        seconds = f"{library.median:.3g} s"
        table.add_row(Text(group), seconds, *known, _error(library), Text(", ".join(others)))
    return table


def _draw(ratios: list[tuple[str, str, float]], growth: dict[str, Growing], output: Path) -> None:
    try:
        from verifier.report.benchmark_plot import draw
    except ModuleNotFoundError as problem:
        rule = "is not installed; the plot needs pip install 'perturbation-verifier[report]'"
        raise InputError("package", problem.name, rule) from None
    try:
        draw(ratios, growth, output)
    except (OSError, ValueError) as problem:
        raise InputError("output", output, f"must be a writable picture: {problem}") from None
