"""The terminal report: a table of claims, then every refutation as a finding."""

from __future__ import annotations

import io
import json
import shlex
import shutil
from collections import Counter
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from verifier.evidence.record import Record
from verifier.report.coverage import Coverage, coverage
from verifier.report.verdicts import (
    NOT_RUN,
    REFUTED,
    SUPPORTED,
    Row,
    rows,
)
from verifier.report.wall_time import lines as timing_lines
from verifier.report.wall_time import timing
from verifier.statements import STATEMENTS
from verifier.statistics import POWER

WIDTH = 150
"""Columns below which a table's statements wrap beyond reading, or vanish."""
_STYLE = {SUPPORTED: "green", REFUTED: "bold red"}


def _count(number: int) -> str:
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= size:
            return f"{number / (1e3 if suffix == 'k' else size):.3g}{suffix}"
    return str(number)


def _table(found: list[Row]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("claim", "statement", "kind"):
        table.add_column(name, no_wrap=name != "statement")
    for name in (
        "draws",
        "cases",
        "error",
        "lhs/rhs",
        "typical",
        "premise",
        "finds",
        "controls",
        "images",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for row in found:
        checked = row.held > 0
        table.add_row(
            row.id,
            Text(row.statement),
            row.kind,
            _count(row.draws),
            _count(row.comparisons),
            f"{row.worst_error:.2g}" if checked else "-",
            f"{row.tightness:.4g}" if row.tightness is not None else "-",
            f"{row.typical:.2g}" if row.typical is not None else "-",
            f"{row.premise_share:.0%}" if row.premise_share is not None else "-",
            f"{row.detects:.2g}" if row.detects is not None else "-",
            f"{row.controls_refuted}/{row.controls}" if row.controls else "-",
            str(len(row.real)) if row.real else "-",
            Text(row.verdict, style=_STYLE.get(row.verdict, "yellow")),
        )
    return table


def _finding(record: Record, statement_id: str) -> list[str]:
    found = record.minimal_counterexample(statement_id)
    if found is None:
        return []
    claim, options = STATEMENTS[statement_id], ""
    for name, usual in (
        ("implementation", "reference"),
        ("run_seed", "0"),
        ("device", "cpu"),
        ("images", ""),
    ):
        value = record.about.get(name, usual)
        options += f" --{name.replace('_', '-')} {shlex.quote(value)}" if value != usual else ""
    path = shlex.quote(str(record.counterexample_path(statement_id)))
    allowed = "chance" if found.tests else "rounding"
    ratio = f"{found.difference:.6g} apart, {found.error:.3g} times what {allowed} allows"
    return [
        "",
        f"FINDING  {statement_id} does not hold here: {claim.statement}",
        f"  tested      {record.about.get('implementation', 'reference')}",
        f"  source      {claim.source}",
        f"  where       {found.conclusion}, entry {found.index}, data {found.data}",
        f"  both sides  {found.lhs:.12g}  against  {found.rhs:.12g}",
        f"  ratio       {ratio} (bound {found.bound:.3g})",
        f"  smallest    {json.dumps(found.configuration)}",
        f"  reproduce   verifier check {statement_id} {path}{options}",
    ]


def _sum(found: list[Row]) -> str:
    """The run in one line."""
    supported = sum(row.verdict == SUPPORTED for row in found)
    refuted, tried = sum(r.controls_refuted for r in found), sum(r.controls for r in found)
    return (
        f"{supported} of {len(found)} statements supported, {refuted} of {tried} negative controls "
        "refuted; symbols and proofs: docs/statements.md"
    )


def _coverage(found: Coverage) -> str:
    parts = ", ".join(f"{s.id} ({s.controls_refuted})" for s in found.statements)
    state = "covered" if found.covered else "OPEN: " + "; ".join(found.gaps)
    return f"  {found.result}: {parts}: {state}"


def _premises(found: list[dict[str, Any]]) -> list[str]:
    """How often each conclusion failed with and without a premise."""
    lines, width = [], max(len(f["premise"]) for f in found)
    for conclusion in dict.fromkeys(f["conclusion"] for f in found):
        lines.append(f"  {conclusion} fails")
        for f in found:
            if f["conclusion"] == conclusion:
                kept, removed = (
                    f"{f[k]['failures']} of {f[k]['cases']}" for k in ("kept", "removed")
                )
                counts = f"{kept} with it, {removed} without: {f['verdict']}"
                lines.append(f"    {f['premise']:<{width}}  {counts}")
    return lines


def wide_enough() -> int:
    """The terminal's columns, or `WIDTH` if it has fewer: long lines wrap, nothing is left out."""
    return max(WIDTH, shutil.get_terminal_size().columns)


def render(record: Record, width: int = WIDTH, color: bool = False) -> str:
    """The report as text; `error` is in units of what rounding or chance allows."""
    found = rows(record)
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=color, highlight=False)
    run = [row for row in found if row.verdict != NOT_RUN]
    console.print(_table(run))
    lines = [_sum(run)]
    if len(run) < len(found):
        absent = ", ".join(row.id for row in found if row.verdict == NOT_RUN)
        lines.append(f"a part of the suite; not run: {absent}")
    lines += [
        "error: worst difference in units of what rounding, or chance, allows (above 1 refutes); "
        "lhs/rhs: how tight an inequality was at most, typical: the median of the draws;",
        "cases: comparisons or samples;",
        "premise: share of the cases in which it held; finds: discrepancy found with probability "
        f"{POWER}, in units of the one that matters (above 1: underpowered);",
        "controls: broken codes and altered statements that the same check refuted; images: sets "
        "of real images that took part",
    ]
    lines += [f"{row.id} is {row.verdict}: {row.reason}" for row in run if row.reason]
    rejected = sum((c for c in record.rejected.values()), Counter[str]())
    if rejected:
        counts = ", ".join(f"{n} {reason}" for reason, n in sorted(rejected.items()))
        lines.append(f"rejected draws, never counted as passes: {counts}")
    notes: Counter[str] = Counter()
    for row in found:
        notes.update(row.notes)
    lines += [f"{name}: {count}" for name, count in sorted(notes.items()) if count]
    lines += [f"{name}: {value}" for name, value in record.about.items()]
    if len(run) == len(found):
        lines += ["", "the paper's claims, each with its statements (negative controls refuted):"]
        lines += [_coverage(claim) for claim in coverage(record)]
    if record.necessity:
        lines += ["", "what happens without each premise (cases):"]
        lines += _premises(record.necessity)
    spent = timing(record)
    if spent is not None:
        lines += ["", *timing_lines(spent)]
    for row in found:
        lines += _finding(record, row.id)
    lines.append("")
    lines.append("Finite checks that pass support a claim; they do not prove it.")
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    return stream.getvalue()
