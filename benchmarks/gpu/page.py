"""Runs of `make gpu` as Markdown; whatever has no result says that it was not run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.gpu.record import Record
from benchmarks.gpu.stages import GRACE

STAGES = {
    "tests": "the tests on the device",
    "properties": "every statement, profile `quick`",
    "benchmarks": "the core loops beside the hardware's limit",
    "trial": "whether the figures' trainings may be made fast (also among the tests)",
    "figures": "the paper's figures",
}
NOT_RUN = "not run"
WORDS = f"*Interrupted*: time was up; *killed*: it had not ended {GRACE:.0f} s after that."
DIRTY = "`-dirty`: of this commit with changes that were not committed."
HEADS = ("run", "outcome", "time", "tests")
NUMBERS = ("float64", "float32", "tf32")


def verdict(records: Sequence[Record]) -> str:
    """Whether anything failed or was broken off, and what each stage's newest run came to."""
    newest = _newest(records)
    if not newest:
        return "`make gpu` has not been run on a GPU yet."
    failed = any(
        record.stages[name]["outcome"] == "failed" or record.stages[name]["failed"]
        for name, record in newest.items()
    )
    cards = dict.fromkeys(r.environment.get("card", r.device) for r in newest.values())
    told = "Not everything passed" if failed else "No test failed"
    if broken_off := sum(_broken_off(name, record) for name, record in newest.items()):
        told += f"; {broken_off} of {len(newest)} stages did not finish"
    lines = [f"**{told}**, on {' and '.join(cards)}. The newest run of each stage:\n"]
    for name, what in STAGES.items():
        found = (
            f"{_found(name, newest[name])} ({_when(newest[name])})" if name in newest else NOT_RUN
        )
        lines.append(f"- {what}: {found}")
    return "\n".join(lines)


def _broken_off(name: str, record: Record) -> bool:
    """Whether time was up before a stage had done all that it has."""
    found = record.figures if name == "figures" else None
    in_part = found is not None and found["done"] < found["of"]
    return in_part or record.stages[name]["outcome"].startswith("interrupted")


def _found(name: str, record: Record) -> str:
    """What a stage of this run came to, in a line."""
    stage, found = record.stages[name], record.figures
    if name == "figures" and found is not None:
        failed = f", {found['failed']} trainings failed" if found["failed"] else ""
        return (
            f"{found['done']} of {found['of']} results in the {stage['seconds']:.0f} s that the "
            f"other stages left{failed}; [how they compare](#the-figures)"
        )
    counted = _counted(stage)
    if stage["outcome"].startswith("interrupted"):
        return f"{counted or 'no test had ended'} when it was {stage['outcome']}"
    return counted or stage["outcome"]


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
    newest = records[0] if records else None
    timed = next((r for r in records if _to_limit(r)), newest)
    drawn = next((r for r in records if r.figures is not None), newest)
    return "\n\n".join((_stages(records), _figures(drawn, compared), _benchmarks(timed)))


def provenance(records: Sequence[Record]) -> str:
    """The newest run's card, versions and settings, and of which commit each run is."""
    if not records:
        return _section("The newest run", _missing(None, ""))
    record = records[0]
    about = record.environment
    rows = [("device", record.device)]
    rows += [("card", _card(about))] if "card" in about else []
    rows += [
        ("versions", _versions(about)),
        ("machine", f"{about['machine']}, {about['cores']} cores"),
        ("commit", f"{about['commit']}, tree {about['tree']}"),
        ("started", f"{record.started}, {record.seconds:.0f} s in all"),
        ("stages", ", ".join(name for name in STAGES if name in record.stages)),
    ]
    modes = [(name, "not set" if v is None else str(v)) for name, v in about["modes"].items()]
    settings = _folded("Settings of torch and CUDA", table(("setting", "value"), modes))
    commits = [(_when(one), one.environment["commit"]) for one in records]
    runs = table(("run", "commit"), commits)
    parts = [table(("", ""), rows), settings, *_elsewhere(records), runs]
    parts += [DIRTY] if any("-dirty" in commit for _, commit in commits) else []
    return _section("The newest run", "\n\n".join(parts))


def _elsewhere(records: Sequence[Record]) -> list[str]:
    """Where the other runs were that a stage's row comes from; nothing if there are none."""
    shown = [record.started for record in _newest(records).values()]
    others = [record for record in records[1:] if record.started in shown]
    if not others:
        return []
    places = [
        f"that of {_when(record)}, "
        + (
            "with the same card, versions and settings"
            if _place(record) == _place(records[0])
            else f"on {_card(record.environment)}; {_versions(record.environment)}"
        )
        for record in others
    ]
    return [f"A stage that it did not run is shown from the newest that did: {'; '.join(places)}."]


def _place(record: Record) -> dict[str, Any]:
    """Card, versions and settings: all but the code."""
    return {k: v for k, v in record.environment.items() if k not in ("commit", "tree")}


def _newest(records: Sequence[Record]) -> dict[str, Record]:
    """Of each stage that was run, the newest run that has it."""
    return {s: next(r for r in records if s in r.stages) for s in STAGES if _ran(s, records)}


def _ran(stage: str, records: Sequence[Record]) -> bool:
    return any(stage in record.stages for record in records)


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
    newest = _newest(records)
    rows = [
        (name, what, *(_row(name, newest[name]) if name in newest else _row_of_none()))
        for name, what in STAGES.items()
    ]
    parts = [table(("stage", "what", *HEADS), rows), *([WORDS] if records else [])]
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
        parts.append(_folded("The same stages in earlier runs", found))
    return _section("The stages", "\n\n".join(parts))


def _row(name: str, record: Record) -> tuple[str, ...]:
    """How a stage ended in a run, under `HEADS`; if it was interrupted, how far it had come."""
    stage, found = record.stages[name], record.figures
    outcome, counted = stage["outcome"], _counted(stage)
    if name == "figures" and found:
        counted = f"{found['done']} of {found['of']} results"
    elif outcome.startswith("interrupted") and not counted:
        outcome += ": no test had ended"
    return (_when(record), outcome, f"{stage['seconds']:.0f} s", counted)


def _row_of_none() -> tuple[str, ...]:
    return ("", NOT_RUN, *[""] * (len(HEADS) - 2))


def _benchmarks(record: Record | None) -> str:
    found = {} if record is None else _to_limit(record)
    if not found:
        return _section("Times beside the limit", _missing(record, "benchmarks"))
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
    return _section("Times beside the limit", f"{said}\n\n{table(('loop', *NUMBERS), cells)}")


def _to_limit(record: Record) -> dict[str, dict[str, Any]]:
    """The timings for which the limit's was taken too."""
    return {g: one for g, one in record.benchmarks.items() if one["to_limit"] is not None}


def _figures(record: Record | None, compared: str) -> str:
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
    fewer = "Results with fewer images count here, but not as published size."
    table_of = table(("figure", "whole panels", "results"), rows)
    how_much = "\n\n".join((said, table_of, fewer))
    if compared:
        parts = [compared, _folded("How much of each figure was trained", how_much)]
    else:
        matched = [(s["name"], f"{s['matched']} of {s['stable']}") for s in found["series"]]
        heads = ("series", "stable published values matched")
        parts = [how_much, *([table(heads, matched)] if matched else [])]
    return _section("The figures", "\n\n".join(parts))


def _run_of(record: Record | None) -> str:
    return "" if record is None else f"The run of {_when(record)}. "


def _when(record: Record) -> str:
    """A run's name: the minute that it was started in, UTC."""
    return record.started[:16].replace("T", " ")


def _missing(record: Record | None, stage: str) -> str:
    ran = record is not None and stage in record.stages
    return "No result was left." if ran else f"{NOT_RUN.capitalize()}."


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells may hold any text."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def bullets(said: Iterable[str]) -> str:
    """A list, an entry for each sentence."""
    return "\n".join(f"- {sentence}" for sentence in said)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
