"""Run the stages one after another, whatever becomes of each, and write what they found.

Status 0: no stage failed, though some may have been interrupted; 1: one did; 2: nothing was run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.gpu import wheels
from benchmarks.gpu.page import page
from benchmarks.gpu.record import Record, pack, unpack
from benchmarks.gpu.running import ROOT, Ended, run
from benchmarks.gpu.stages import GRACE, PACKING, SECONDS, Stage, stage_environment, stages

LEAST = 2 * (GRACE + PACKING)
"""Seconds in which something can be run, and its results packed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """All of it, in so many seconds."""
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="make gpu", description=__doc__)
    parser.add_argument("--device", required=True, help="cuda; a CPU runs a small part, as a trial")
    parser.add_argument("--output", type=Path, required=True, help="folder for what is found")
    said = f"that all takes at most ({SECONDS}); the last stage has what the others leave"
    parser.add_argument("--seconds", type=float, default=SECONDS, help=said)
    names = [stage.name for stage in stages("cuda", Path())]
    parser.add_argument("--stages", nargs="+", choices=names, default=names, help="these alone")
    asked = parser.parse_args(arguments)
    if not LEAST <= asked.seconds < math.inf:
        parser.error(f"--seconds {asked.seconds:g}: must be finite and at least {LEAST:g}")
    # or else what runs in a shell's background, where Ctrl-C is ignored, could not be interrupted
    signal.signal(signal.SIGINT, signal.default_int_handler)
    output: Path = asked.output.absolute()
    with tempfile.TemporaryDirectory() as site:
        try:
            variables = prepared(Path(site))
            about = environment(asked.device, variables)
        except OSError as problem:
            print(f"make gpu: {problem}", file=sys.stderr)
            return 2
        folder = unpack(output)
        record = Record(asked.device, datetime.now(UTC).isoformat(timespec="seconds"), about)
        chosen = [one for one in stages(asked.device, folder) if one.name in asked.stages]
        everything(chosen, record, output, folder, variables, started + asked.seconds)
    pack(output)
    record.seconds = time.monotonic() - started
    write(record, output)
    print(f"{record.seconds:.0f} s in all: {output / 'gpu.md'}")
    return 1 if record.failed else 0


def prepared(site: Path) -> dict[str, str]:
    """The environment variables of all stages, what this machine lacks installed to `site`."""
    lacking = wheels.missing(wheels.needed())
    if lacking:
        print(f"missing here: {', '.join(lacking)}; from {wheels.FOLDER}", flush=True)
        wheels.install(ROOT / wheels.FOLDER, site)
    return stage_environment(os.environ, [*([str(site)] if lacking else []), str(ROOT)])


def environment(device: str, variables: dict[str, str]) -> dict[str, Any]:
    """Where this is; raises `OSError` if `device` cannot be used here."""
    command = [sys.executable, "-m", "benchmarks.gpu.environment", device]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=variables
    )
    if done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1] + "; `make gpu DEVICE=cpu` is a trial")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def everything(
    found: Sequence[Stage],
    record: Record,
    output: Path,
    folder: Path,
    variables: dict[str, str],
    end: float,
) -> None:
    """Run every stage that there is time for till `end`; `record` is written after each one."""
    started = time.monotonic()
    for stage in found:
        limit = stage.limit(end - time.monotonic())
        if not limit:
            print(f"{stage.name}: no time is left", flush=True)
            continue
        print(f"{stage.name}: at most {limit:.0f} s", flush=True)
        log = output / f"{stage.name}.txt"
        ended: Ended = run(stage.command, log, limit, variables)
        record.add(stage, ended, folder, log)
        record.seconds = time.monotonic() - started
        write(record, output)
        print(f"{stage.name}: {ended.outcome}, {ended.seconds:.0f} s", flush=True)


def write(record: Record, output: Path) -> None:
    """The record, for programs and for readers."""
    record.write(output / "gpu.json")
    title = f"# `make gpu DEVICE={record.device}`"
    (output / "gpu.md").write_text(f"{title}\n\n{page([record])}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
