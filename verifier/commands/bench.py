"""`verifier bench`: a finished run of `benchmarks/` as a table and a plot of ratios."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from verifier.errors import InputError, require

LIBRARY = "library"
RIVALS = ("limit", "baseline")
"""Contestants with a column of their own; the others share the last one."""
PLACES = (".verifier/bench*.json", ".benchmarks/*/*.json")
"""Where `make benchmark` writes, and where pytest-benchmark does when told to save."""


class Timing(NamedTuple):
    """Median seconds of one contestant, and its relative error where that was measured."""

    median: float
    error: float | None


Groups = dict[str, dict[str, Timing]]


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
    groups = read(file)
    width = shutil.get_terminal_size((150, 24)).columns
    console = Console(width=width, force_terminal=sys.stdout.isatty(), highlight=False)
    console.print(_table(groups))
    output: Path = arguments.output or file.with_suffix(".png")
    _plot(groups, output)
    print(output)
    return 0


def latest() -> Path:
    """The newest benchmark file; raises `InputError` if there is none."""
    found = [path for place in PLACES for path in Path().glob(place)]
    rule = "none there yet; `make benchmark` makes one"
    require(bool(found), "file", " or ".join(PLACES), rule)
    return max(found, key=lambda path: path.stat().st_mtime)


def read(file: Path) -> Groups:
    """The timings in `file` by group and contestant, of groups where the library has a rival.

    Raises `InputError` if `file` is not what pytest-benchmark writes, or holds no such group.
    """
    groups: Groups = {}
    try:
        for entry in json.loads(file.read_text(encoding="utf-8"))["benchmarks"]:
            about = entry["extra_info"]
            if "contestant" in about:
                error = about.get("error")
                timing = Timing(
                    _positive(entry["stats"]["median"]), None if error is None else float(error)
                )
                groups.setdefault(entry["group"], {})[about["contestant"]] = timing
    except OSError as problem:
        raise InputError("file", file, f"must be readable: {problem.strerror}") from None
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        rule = f"must be what `pytest benchmarks/ --benchmark-json=FILE` writes: {problem!r}"
        raise InputError("file", file, rule) from None
    contests = {g: t for g, t in groups.items() if LIBRARY in t and len(t) > 1}
    require(bool(contests), "file", file, "holds no group with the library and another contestant")
    return contests


def _positive(seconds: Any) -> float:
    if not 0 < float(seconds) < math.inf:
        raise ValueError(f"a median of {seconds} s")
    return float(seconds)


def _ratios(timings: dict[str, Timing]) -> dict[str, float]:
    """library/other for each other contestant."""
    own = timings[LIBRARY].median
    return {name: own / timing.median for name, timing in timings.items() if name != LIBRARY}


def _error(timing: Timing) -> str:
    return "" if timing.error is None else f"{timing.error:.1e}"


def _table(groups: Groups) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("group")
    for name in (LIBRARY, *(f"{LIBRARY}/{rival}" for rival in RIVALS), "error"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(f"{LIBRARY}/others, their error")
    for group, timings in groups.items():
        ratios, library = _ratios(timings), timings[LIBRARY]
        known = [f"{ratios[rival]:.2f}" if rival in ratios else "" for rival in RIVALS]
        others = [
            f"{name} {ratio:.2f} {_error(timings[name])}".rstrip()
            for name, ratio in ratios.items()
            if name not in RIVALS
        ]
        seconds = f"{library.median:.3g} s"
        table.add_row(Text(group), seconds, *known, _error(library), Text(", ".join(others)))
    return table


def _plot(groups: Groups, output: Path) -> None:
    """One bar for each ratio, on a logarithmic axis, from the line at 1."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        from verifier.report.plots import INK, LIMIT, MAIN, SECOND, STYLE
    except ModuleNotFoundError as problem:
        rule = "is not installed; the plot needs pip install 'perturbation-verifier[report]'"
        raise InputError("package", problem.name, rule) from None
    colours = dict(zip(RIVALS, (LIMIT, MAIN), strict=True))
    bars = [(g, name, r) for g, t in groups.items() for name, r in _ratios(t).items()]
    with rc_context(STYLE):
        figure = Figure(figsize=(9, 1 + 0.22 * len(bars)), layout="constrained")
        axes = figure.add_subplot()
        axes.barh(
            range(len(bars)),
            [ratio - 1 for *_, ratio in bars],
            left=1,
            color=[colours.get(name, SECOND) for _, name, _ in bars],
        )
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.axvline(1, color=INK, linewidth=0.8)
        axes.set_yticks(range(len(bars)), [f"{group}: /{name}" for group, name, _ in bars])
        axes.margins(y=0.01)
        axes.invert_yaxis()
        axes.set_xlabel("median of the library / median of the other; left of 1: faster")
        try:
            figure.savefig(output, dpi=150)
        except (OSError, ValueError) as problem:
            raise InputError("output", output, f"must be a writable picture: {problem}") from None
