"""Runs of `make gpu` as Markdown; whatever has no result says that it was not run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.gpu.markdown import folded, section, table
from benchmarks.gpu.provenance import NOT_RUN, STAGES, newest_of, provenance, when
from benchmarks.gpu.record import Record
from benchmarks.gpu.stages import GRACE

WORDS = f"*Interrupted*: time was up; *killed*: it had not ended {GRACE:.0f} s after that."
HEADS = ("run", "outcome", "time", "tests")
NUMBERS = ("float64", "float32", "tf32")


def verdict(records: Sequence[Record]) -> str:
    """Whether anything failed or was broken off in the newest run of each stage."""
    newest = newest_of(records)
    if not newest:
        return "`make gpu` has not been run on a GPU yet."
    failed = any(
        record.stages[name]["outcome"] == "failed" or record.stages[name]["failed"]
        for name, record in newest.items()
    )
    told = "Not everything passed" if failed else "No test failed"
    if broken_off := sum(_broken_off(name, record) for name, record in newest.items()):
        told += f"; {broken_off} of {len(newest)} stages did not finish, as time was up"
    return f"**{told}**, on {' and '.join(_cards(newest.values()))}."


def _cards(records: Iterable[Record]) -> list[str]:
    """The cards of runs, each once."""
    return list(dict.fromkeys(r.environment.get("card", r.device) for r in records))


def _broken_off(name: str, record: Record) -> bool:
    """Whether time was up before a stage had done all that it has."""
    found = record.figures if name == "figures" else None
    in_part = found is not None and found["done"] < found["of"]
    return in_part or record.stages[name]["outcome"].startswith("interrupted")


def _counted(stage: dict[str, Any]) -> str:
    """How many of a stage's tests ended how; empty if none did."""
    return ", ".join(f"{stage[k]} {k}" for k in ("passed", "failed", "skipped") if stage[k])


def page(records: Sequence[Record], compared: str = "") -> str:
    """What runs found: of each stage, of timings and of figures, the newest that there is.

    `records`: the newest first; without one, what there would be. `compared`: what is known of the
    figures beyond a record's counts, in place of these.
    """
    return f"{body(records, compared)}\n\n{provenance(records)}\n"


def body(records: Sequence[Record], compared: str = "") -> str:
    """The page without what tells where its runs come from."""
    return f"{figures(records, compared)}\n\n{checks(records)}"


def figures(records: Sequence[Record], compared: str = "") -> str:
    """The newest run of the figures."""
    newest = records[0] if records else None
    drawn = next((r for r in records if r.figures is not None), newest)
    return _figures(drawn, compared)


def checks(records: Sequence[Record]) -> str:
    """The project's own checks on that machine: its stages, and its loops' times."""
    newest = records[0] if records else None
    timed = next((r for r in records if _to_limit(r)), newest)
    return f"{_stages(records)}\n\n{_benchmarks(timed)}"


def _stages(records: Sequence[Record]) -> str:
    newest = newest_of(records)
    rows = [
        (name, what, *(_row(name, newest[name]) if name in newest else _row_of_none()))
        for name, what in STAGES.items()
    ]
    parts = [
        verdict(records),
        table(("stage", "what", *HEADS), rows),
        *([WORDS] if records else []),
    ]
    parts += [
        f"Failed in *{name}*: {', '.join(f'`{test}`' for test in failures)}"
        for name, record in newest.items()
        if (failures := record.stages[name]["failures"])
    ]
    earlier = [
        (name, *_row(name, record))
        for record in records
        for name in STAGES
        if name in record.stages and record is not newest[name]
    ]
    if earlier:
        found = table(("stage", *HEADS), earlier)
        parts.append(folded("The same stages in earlier runs", found))
    return section("The stages", "\n\n".join(parts))


def _row(name: str, record: Record) -> tuple[str, ...]:
    """How a stage ended in a run, under `HEADS`; if it was interrupted, how far it had come."""
    stage, found = record.stages[name], record.figures
    outcome, counted = stage["outcome"], _counted(stage)
    if name == "figures" and found:
        counted = f"{found['done']} of {found['of']} results"
    elif outcome.startswith("interrupted") and not counted:
        outcome += ": no test had ended"
    return (when(record), outcome, f"{stage['seconds']:.0f} s", counted)


def _row_of_none() -> tuple[str, ...]:
    return ("", NOT_RUN, *[""] * (len(HEADS) - 2))


def _benchmarks(record: Record | None) -> str:
    found = {} if record is None else _to_limit(record)
    if not found:
        return section("Times beside the limit", _missing(record, "benchmarks"))
    rows: dict[str, dict[str, str]] = {}
    for group, one in found.items():
        *loop, number, _ = group.split(", ")
        error = "" if one["error"] is None else f", error {one['error']:.0e}"
        cell = f"{one['to_limit']:.3g} ({1e3 * one['seconds']:.3g} ms{error})"
        rows.setdefault(", ".join(loop), {})[number] = cell
    said = _run_of(record) + (
        "How many times as long a loop takes as its limit, the same matrix products alone (on a "
        "GPU by cuBLAS): 1 is as fast as these. In brackets its median time, and its error "
        "relative to the plain formula in float64. Only `tf32` multiplies in TF32."
    )
    cells = [(loop, *(row.get(n, "") for n in NUMBERS)) for loop, row in rows.items()]
    found_of = folded(f"All {len(cells)} loops", table(("loop", *NUMBERS), cells))
    return section("Times beside the limit", f"{said}\n\n{found_of}")


def _to_limit(record: Record) -> dict[str, dict[str, Any]]:
    """The timings for which the limit's was taken too."""
    return {g: one for g, one in record.benchmarks.items() if one["to_limit"] is not None}


def _figures(record: Record | None, compared: str) -> str:
    found = None if record is None else record.figures
    if found is None:
        return section("The figures", _missing(record, "figures"))
    said = _run_of(record) + (
        f"At {found['scale']} scale {found['done']} of {found['of']} results, {found['new']} of "
        f"them new in {found['seconds']:.0f} s; failed trainings: {found['failed']}. A result is a "
        "point, or a map, with one seed and one recipe. Of each figure the cheapest panel first, "
        "then whatever is cheapest for each of its results."
    )
    by_figure: dict[str, list[dict[str, Any]]] = {}
    for panel in found["panels"]:
        by_figure.setdefault(panel["figure"], []).append(panel)
    rows = [
        (
            figure.replace("_", "-"),
            f"{sum(p['done'] == p['of'] for p in panels)} of {len(panels)}",
            f"{sum(p['done'] for p in panels)} of {sum(p['of'] for p in panels)}",
        )
        for figure, panels in by_figure.items()
    ]
    fewer = "Results with fewer images count here, but not as published size."
    table_of = table(("figure", "whole panels", "results"), rows)
    how_much = "\n\n".join((said, table_of, fewer))
    if compared:
        parts = [compared, folded("How much of each figure was trained", how_much)]
    else:
        matched = [(s["name"], f"{s['matched']} of {s['stable']}") for s in found["series"]]
        heads = ("series", "stable published values matched")
        parts = [how_much, *([table(heads, matched)] if matched else [])]
    return section("The figures", "\n\n".join(parts))


def _run_of(record: Record | None) -> str:
    return "" if record is None else f"The run of {when(record)}. "


def _missing(record: Record | None, stage: str) -> str:
    ran = record is not None and stage in record.stages
    return "No result was left." if ran else f"{NOT_RUN.capitalize()}."
