"""The terminal report: a table of statements, then every refutation as a finding."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from verifier.evidence.folders import INTERRUPTED
from verifier.report.content import statements_of
from verifier.report.facts import compared
from verifier.report.finding import aligned
from verifier.report.summary import CAVEAT
from verifier.report.verdicts import NOT_RUN, REFUTED, SUPPORTED

WIDTH = 150
"""Columns below which a table's statements wrap beyond reading, or vanish."""
_STYLE = {SUPPORTED: "green", REFUTED: "bold red"}

Content = Mapping[str, Any]
"""What `content.gather` made, or a part of it."""


def wide_enough() -> int:
    """The terminal's columns, or `WIDTH` if it has fewer: long lines wrap, nothing is left out."""
    return max(WIDTH, shutil.get_terminal_size().columns)


def render(content: Content, width: int = WIDTH, color: bool = False) -> str:
    """The report as text, from what `content.gather` made and nothing else."""
    statements = statements_of(content)
    run = [s for s in statements if s["verdict"] != NOT_RUN]
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=color, highlight=False)
    console.print(_table(content["columns"], run))
    for line in _lines(content, statements, run):
        console.print(line, markup=False, soft_wrap=True)
    return stream.getvalue()


def _table(columns: Sequence[Content], run: Sequence[Content]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        name = column["name"]
        justify = "left" if column["is_text"] else "right"
        table.add_column(name, justify=justify, no_wrap=name != "statement")  # type: ignore[arg-type]
    for statement in run:
        style = {"verdict": _STYLE.get(statement["verdict"], "yellow")}
        cells = statement["cells"].items()
        table.add_row(*(Text(cell or "-", style=style.get(name, "")) for name, cell in cells))
    return table


def _lines(content: Content, statements: Sequence[Content], run: Sequence[Content]) -> list[str]:
    """All that stands below the table."""
    lines = [_sum(content, run)]
    if len(run) < len(statements):
        absent = ", ".join(s["id"] for s in statements if s["verdict"] == NOT_RUN)
        lines.append(f"a part of the suite; not run: {absent}")
    lines += aligned({column["name"]: column["meaning"] for column in content["columns"]})
    lines += [f"{s['id']} is {s['verdict']}: {s['reason']}" for s in run if s["reason"]]
    if content["rejected"]:
        counts = ", ".join(f"{n} {reason}" for reason, n in sorted(content["rejected"].items()))
        lines.append(f"rejected draws, never counted as passes: {counts}")
    lines += _hidden(content["hidden"])
    lines += _conventions(content["at_kink"])
    lines += [f"{name}: {count}" for name, count in sorted(content["notes"].items())]
    lines += [f"{name}: {value}" for name, value in content["run"]["about"].items()]
    lines += ["", "what can end a run red by bad luck, and how often:"]
    lines += _budget(content["error_budget"])
    if len(run) == len(statements):
        lines += [
            "",
            "the paper's results, numbered here, with their statements (controls refuted):",
        ]
        lines += [_coverage(n, result) for n, result in enumerate(content["coverage"], 1)]
    if content["necessity"]:
        lines += ["", "what happens without each premise (draws):"]
        lines += _premises(content["necessity"])
    if content["wall_time"]:
        lines += ["", *_wall_time(content["wall_time"])]
    for statement in statements:
        if statement["finding"]:
            lines += [
                "",
                f"FINDING  {statement['id']} does not hold here: {statement['statement']}",
            ]
            lines += aligned(statement["finding"]["words"])
    return [*lines, "", CAVEAT]


def _hidden(found: Sequence[Content]) -> list[str]:
    """What a fault could hide in, where draws were not comparable."""
    each = "; ".join(f"{s['not_comparable']} of {s['id']} ({compared(s)})" for s in found)
    where = "a fault that shows only where a path passes within rounding of a kink could hide in"
    return [f"{where} draws not comparable, not in those without kinks: {each}"] if found else []


def _conventions(at_kink: Content) -> list[str]:
    """What the code took for phi'(0)."""
    told = ", ".join(f"{function} {value}" for function, value in at_kink.items())
    return [f"phi'(0), read where u = 0 exactly: {told}"] if told else []


def _sum(content: Content, run: Sequence[Content]) -> str:
    """The run in one line."""
    supported = content["counts"].get(SUPPORTED, 0)
    controls = content["controls"]
    refuted = f"{controls['refuted']} of {controls['tried']} negative controls refuted"
    about = content["run"]["about"]
    if not controls["tried"] and "controls" in about:
        refuted = f"controls {about['controls']}"
    state = content["run"]["state"]
    return ("interrupted: " if state == INTERRUPTED else "") + (
        f"{supported} of {len(run)} statements supported, {refuted}; "
        "symbols and proofs: docs/README.md"
    )


def _budget(sources: Sequence[Content]) -> list[str]:
    """Each source of red runs with its rate."""
    names, says = (max(len(s[entry]) for s in sources) for entry in ("name", "says"))
    return [
        f"  {s['name']:<{names}}  {s['count']:>11}  {s['says']:<{says}}  {s['why']}"
        for s in sources
        if s["count"] or s["rate"] is not None
    ]


def _coverage(number: int, result: Content) -> str:
    """A result, with its statements and of each the negative controls that were refuted."""
    numbered = "" if result["is_open"] else f"{number}. "
    parts = ", ".join(f"{s['id']} ({s['controls_refuted']})" for s in result["statements"])
    state = "covered" if result["covered"] else "OPEN: " + "; ".join(result["gaps"])
    return f"  {numbered}{result['result']}: {parts}: {state}"


def _premises(found: Sequence[Content]) -> list[str]:
    """How often each conclusion failed with and without a premise."""
    width = max(len(f["premise"]) for f in found)
    lines = []
    for conclusion in dict.fromkeys(f["conclusion"] for f in found):
        lines.append(f"  {conclusion} fails")
        for f in found:
            if f["conclusion"] == conclusion:
                counts = f"{_failures(f['kept'])} with it, {_failures(f['removed'])} without"
                lines.append(f"    {f['premise']:<{width}}  {counts}: {f['verdict']}")
    return lines


def _failures(side: Content) -> str:
    return f"{side['failures']} of {side['draws']}"


def _wall_time(found: Content) -> list[str]:
    """Where the time went."""
    shared = f" in each of {found['processes']} processes" if found["processes"] > 1 else ""
    return [
        f"where {found['wall']:.0f} s{shared} went ({found['examples']} examples in searches):",
        *(_spent(spent) for spent in found["parts"]),
        "the slowest properties (the first of statements searched together bears the cost of all):",
        *(_spent(spent) for spent in found["slowest"]),
    ]


def _spent(spent: Content) -> str:
    counted = f" ({spent['properties']})" if spent["properties"] > 1 else ""
    return f"  {spent['share']:4.0%} {spent['seconds']:7.1f} s  {spent['name']}{counted}"
