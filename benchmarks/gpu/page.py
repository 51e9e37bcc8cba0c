"""Runs of `make gpu` as Markdown; whatever has no result says that it was not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.gpu.record import Record

STAGES = {
    "tests": "the tests on the device",
    "properties": "every statement, profile `quick`",
    "benchmarks": "the core loops beside the hardware's limit",
    "trial": "whether the figures' trainings may be made fast",
    "figures": "the paper's figures",
}
NOT_RUN = "not run"
NUMBERS = ("float64", "float32", "tf32")


def verdict(records: Sequence[Record]) -> str:
    """Whether all passed, and what each stage found in the newest run in which it left a result."""
    newest = {name: next((r for r in records if _left(r, name)), None) for name in STAGES}
    ran = {name: record for name, record in newest.items() if record is not None}
    if not ran:
        return "`make gpu` has not been run on a GPU yet."
    failed = any(record.stages[name]["failed"] for name, record in ran.items())
    cards = dict.fromkeys(record.environment.get("card", record.device) for record in ran.values())
    told = "Not everything passed" if failed else "All that was reached passed"
    lines = [
        f"**{told}** on {' and '.join(cards)}. Each stage, in the newest run that left a result:\n"
    ]
    for name, what in STAGES.items():
        found = f"{_found(name, ran[name])} ({ran[name].started[:10]})" if name in ran else NOT_RUN
        lines.append(f"- {what}: {found}")
    return "\n".join(lines)


def _left(record: Record, name: str) -> bool:
    """Whether a stage of this run counted anything."""
    if name == "figures":
        return name in record.stages and record.figures is not None
    return name in record.stages and any(record.stages[name][kind] for kind in ("passed", "failed"))


def _found(name: str, record: Record) -> str:
    """What a stage of this run counted, in a line."""
    stage, found = record.stages[name], record.figures
    if name == "figures" and found is not None:
        stable, matched = (sum(s[kind] for s in found["series"]) for kind in ("stable", "matched"))
        return (
            f"{found['done']} of {found['of']} results at {found['scale']} scale, and {matched} of "
            f"the {stable} published values that are stable from seed to seed matched"
        )
    ended = "" if stage["outcome"] in ("passed", "failed") else f", {stage['outcome']}"
    return f"{stage['passed']} passed, {stage['failed']} failed{ended}"


def page(records: Sequence[Record]) -> str:
    """What runs found, the newest first; of timings and figures, the newest that there are.

    Without a run, what there would be.
    """
    newest = records[0] if records else None
    timed = next((r for r in records if _to_limit(r)), newest)
    drawn = next((r for r in records if r.figures is not None), newest)
    parts = [_where(newest), _stages(records), _benchmarks(timed), _figures(drawn)]
    return "\n\n".join(parts) + "\n"


def _where(record: Record | None) -> str:
    if record is None:
        return _section("The newest run", _missing(record, ""))
    about = record.environment
    rows = [("device", record.device)]
    rows += [("card", _card(about))] if "card" in about else []
    rows += [
        ("versions", _versions(about)),
        ("machine", f"{about['machine']}, {about['cores']} cores"),
        ("commit", f"{about['commit']}, tree {about['tree']}"),
        ("started", f"{record.started}, {record.seconds:.0f} s in all"),
        *((name, "not set" if v is None else str(v)) for name, v in about["modes"].items()),
    ]
    return _section("The newest run", table(("", ""), rows))


def _card(about: dict[str, Any]) -> str:
    l2 = about["l2_bytes"]
    cache = "" if l2 is None else f", {l2 / 2**20:.0f} MiB of L2"
    return (
        f"{about['card']}, {about['memory_bytes'] / 2**30:.0f} GiB{cache}, compute capability "
        f"{about['capability']}, {about['multiprocessors']} multiprocessors"
    )


def _versions(about: dict[str, Any]) -> str:
    names = {"Python": about["python"], "torch": about["torch"]}
    if "cuda" in about:
        names |= {"CUDA": about["cuda"], "driver": about["driver"]}
    names |= {name: about["packages"].get(name) for name in ("numpy", "scipy", "pytest")}
    return ", ".join(f"{name} {version or 'missing'}" for name, version in names.items())


def _stages(records: Sequence[Record]) -> str:
    rows = [row for record in records for row in _stages_of(record.started, record.stages)]
    heads = ("stage", "what", "run of", "outcome", "time", "passed", "failed", "skipped")
    said = [table(heads, rows or _stages_of("", {}))]
    said += [
        f"Failed in the run of {record.started}: `{test}`"
        for record in records
        for stage in record.stages.values()
        for test in stage["failures"]
    ]
    return _section("The stages", "\n\n".join(said))


def _stages_of(start: str, ran: Mapping[str, dict[str, Any]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, what in STAGES.items():
        if name not in ran:
            rows.append((name, what, start, NOT_RUN, "", "", "", ""))
            continue
        stage = ran[name]
        numbers = [str(stage[kind]) for kind in ("passed", "failed", "skipped")]
        numbers = ["", "", ""] if name == "figures" else numbers
        rows.append((name, what, start, stage["outcome"], f"{stage['seconds']:.0f} s", *numbers))
    return rows


def _benchmarks(record: Record | None) -> str:
    found = {} if record is None else _to_limit(record)
    if not found:
        return _section("Times over the limit's", _missing(record, "benchmarks"))
    rows: dict[str, dict[str, str]] = {}
    for group, one in found.items():
        *loop, number, _ = group.split(", ")
        error = "" if one["error"] is None else f", error {one['error']:.0e}"
        cell = f"{one['to_limit']:.3g} ({1e3 * one['seconds']:.3g} ms{error})"
        rows.setdefault(", ".join(loop), {})[number] = cell
    said = _run_of(record) + (
        "The library's median over the limit's: the same matrix products alone, by cuBLAS on a "
        "GPU. In brackets the library's median and its error relative to the plain formula in "
        "float64. Only `tf32` multiplies in TF32."
    )
    cells = [(loop, *(row.get(n, "") for n in NUMBERS)) for loop, row in rows.items()]
    return _section("Times over the limit's", f"{said}\n\n{table(('loop', *NUMBERS), cells)}")


def _to_limit(record: Record) -> dict[str, dict[str, Any]]:
    """The timings for which the limit's was taken too."""
    return {g: one for g, one in record.benchmarks.items() if one["to_limit"] is not None}


def _figures(record: Record | None) -> str:
    found = None if record is None else record.figures
    if found is None:
        return _section("The figures", _missing(record, "figures"))
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
    parts = [said, table(("figure", "whole panels", "results"), rows)]
    if found["series"]:
        compared = [(s["name"], f"{s['matched']} of {s['stable']}") for s in found["series"]]
        parts.append(table(("series", "stable published values matched"), compared))
    return _section("The figures", "\n\n".join(parts))


def _run_of(record: Record | None) -> str:
    return "" if record is None else f"The run of {record.started}. "


def _missing(record: Record | None, stage: str) -> str:
    ran = record is not None and stage in record.stages
    return "No result was left." if ran else f"{NOT_RUN.capitalize()}."


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells may hold any text."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
