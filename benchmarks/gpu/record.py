"""What a run leaves: `gpu.json`, `gpu.md`, a log for each stage, and the rest in one archive.

Eight files, since such a machine may give back only a few. The archive `kept.tar.gz` holds the
cache of trained points, the properties' evidence and the timings; a run that finds it goes on with
its points.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.gpu.running import Ended
from benchmarks.gpu.stages import Stage

SCHEMA, VERSION = "perturbation-verifier gpu", 1
KEPT = "kept"
NAMED = 20
"""Of tests that failed, so many are named; the log has them all."""

_WORD = "(PASSED|FAILED|SKIPPED|ERROR|XFAIL|XPASS)"
_OUTCOME = re.compile(rf"^(\S+::.*?) {_WORD}\b", re.MULTILINE)
_OUTCOME_OF_A_WORKER = re.compile(rf"^\[gw\d+\] \[ *\d+%\] {_WORD} (\S+::.*?) *$", re.MULTILINE)
_NOT_COLLECTED = re.compile(r"^ERROR (\S+\.py)(?: - .*)?$", re.MULTILINE)


class BadRecord(ValueError):
    """A file that is no record of `make gpu`."""


@dataclass
class Record:
    """One run. `stages`: by name, how each one ended and what it counted.

    `benchmarks`: by group, the library's time and its ratio to the limit. `figures`: how far the
    trainings came.
    """

    device: str
    started: str
    environment: dict[str, Any]
    seconds: float = 0.0
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    benchmarks: dict[str, dict[str, Any]] = field(default_factory=dict)
    figures: dict[str, Any] | None = None

    def add(self, stage: Stage, ended: Ended, folder: Path, log: Path) -> None:
        """Keep how a stage ended, from its log and from what it wrote to `folder`."""
        self.stages[stage.name] = {
            "command": stage.told,
            "outcome": ended.outcome,
            "seconds": ended.seconds,
            **counts(log.read_text(encoding="utf-8", errors="replace")),
        }
        if (folder / "bench.json").exists():
            self.benchmarks = ratios(folder / "bench.json")
        if (folder / "figures.json").exists():
            self.figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))

    @property
    def failed(self) -> bool:
        """Whether a stage failed, or a test did in one that was interrupted."""
        return any(s["outcome"] == "failed" or s["failed"] for s in self.stages.values())

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        whole = {"schema": SCHEMA, "version": VERSION, **vars(self)}
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Record:
        """The record in `path`; raises `BadRecord` if it holds none of this version."""
        try:
            whole = json.loads(path.read_text(encoding="utf-8"))
            if (whole.pop("schema"), whole.pop("version")) != (SCHEMA, VERSION):
                raise BadRecord(f"{path} is of another program or version")
            return cls(**whole)
        except (OSError, TypeError, KeyError, AttributeError, json.JSONDecodeError) as problem:
            raise BadRecord(f"{path} is no record of `make gpu`: {problem!r}") from None


def counts(log: str) -> dict[str, Any]:
    """How many tests passed, failed and were skipped, by the lines of `pytest -v`.

    A line is there as soon as its test has ended, so that they are counted in a log that breaks
    off. Errors are failures; `failures`: the first of their names. pytest-xdist writes the line of
    a test in another order.
    """
    outcomes = dict(_OUTCOME.findall(log))  # of a test that fails and errs, the last
    outcomes |= {name: word for word, name in _OUTCOME_OF_A_WORKER.findall(log)}
    failures = [name for name, outcome in outcomes.items() if outcome in ("FAILED", "ERROR")]
    failures += _NOT_COLLECTED.findall(log)
    return {
        "passed": _number(outcomes.values(), "PASSED", "XPASS"),
        "failed": len(failures),
        "skipped": _number(outcomes.values(), "SKIPPED", "XFAIL"),
        "failures": failures[:NAMED],
    }


def _number(outcomes: Iterable[str], *wanted: str) -> int:
    return sum(outcome in wanted for outcome in outcomes)


def ratios(timings: Path) -> dict[str, dict[str, Any]]:
    """By group, the library's median seconds, its ratio to the limit's, and its error."""
    found = {}
    for entry in json.loads(timings.read_text(encoding="utf-8"))["benchmarks"]:
        about = entry["extra_info"]
        if about.get("contestant") == "library":
            found[entry["group"]] = {
                "seconds": entry["stats"]["median"],
                "to_limit": about.get("ratio_to_limit"),
                "error": about.get("error"),
            }
    return found


def unpack(output: Path) -> Path:
    """The folder for what the stages write, with the points of an earlier run, and no more of it.

    A folder that a killed run has left there is newer than its archive.
    """
    folder, archive = output / KEPT, output / f"{KEPT}.tar.gz"
    if archive.exists() and not folder.exists():
        shutil.unpack_archive(archive, output, filter="data")
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
        elif path.name != "cache":
            shutil.rmtree(path)
    return folder


def pack(output: Path) -> None:
    """Put that folder into its archive."""
    shutil.make_archive(str(output / KEPT), "gztar", output, KEPT)
    shutil.rmtree(output / KEPT)
