"""Which runs a page shows, and where they come from: card, versions, settings, commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.gpu.markdown import folded, section, table
from benchmarks.gpu.record import Record

STAGES = {
    "tests": "the tests on the device",
    "properties": "every statement, profile `quick`",
    "benchmarks": "the core loops beside the hardware's limit",
    "trial": "whether the figures' trainings may be made fast (also among the tests)",
    "figures": "the paper's figures",
}
NOT_RUN = "not run"
DIRTY = "`-dirty`: of this commit with changes that were not committed."


def provenance(records: Sequence[Record]) -> str:
    """The newest run's card, versions and settings, and of which commit each run is."""
    if not records:
        return section("The newest run", f"{NOT_RUN.capitalize()}.")
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
    settings = folded("Settings of torch and CUDA", table(("setting", "value"), modes))
    commits = [(when(one), one.environment["commit"]) for one in records]
    runs = table(("run", "commit"), commits)
    parts = [table(("", ""), rows), settings, *_elsewhere(records), runs]
    parts += [DIRTY] if any("-dirty" in commit for _, commit in commits) else []
    return section("The newest run", "\n\n".join(parts))


def _elsewhere(records: Sequence[Record]) -> list[str]:
    """Where the other runs were that a stage's row comes from; nothing if there are none."""
    shown = [record.started for record in newest_of(records).values()]
    others = [record for record in records[1:] if record.started in shown]
    if not others:
        return []
    places = [
        f"that of {when(record)}, "
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


def newest_of(records: Sequence[Record]) -> dict[str, Record]:
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


def when(record: Record) -> str:
    """A run's name: the minute that it was started in, UTC."""
    return record.started[:16].replace("T", " ")
