"""Whole default runs with different seeds: how often does a right code end a run red?

`make thirty` on a quiet machine (an hour or so). Results are appended, one line a run, so that it
may be stopped and started again; runs of another commit, or of other options, do not count. Thirty
runs without a false alarm bound its rate by 10% only, at 95%: what bounds it further is the error
budget that every report prints. Arguments go on to pytest.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scipy import stats

from verifier.evidence.environment import environment
from verifier.evidence.folders import new_run_folder
from verifier.evidence.record import Record
from verifier.report.combined import combine, lines
from verifier.report.verdicts import REFUTED, rows, unsettled

RUNS = 30
CONFIDENCE = 0.95
OUT = Path(".verifier") / "seeds"
FINISHED = (0, 1)
"""Exit codes of pytest that say how a run ended; any other one says that it did not."""


@dataclass(frozen=True)
class Result:
    """How one run ended: `status` 0 is green; `refuted`, `unsettled`: statements by id."""

    seed: int
    commit: str
    options: list[str]
    status: int
    seconds: float
    refuted: list[str]
    unsettled: list[str]
    folder: str


def kept(path: Path) -> Iterator[Result]:
    """The results of earlier runs."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Result(**json.loads(line))


def run(seed: int, commit: str, options: Sequence[str], out: Path) -> Result:
    """One run of the suite in a process of its own; stops the whole where it did not end."""
    folder = new_run_folder(out / str(seed))
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "pytest", "properties", "-q", "-p", "no:cacheprovider"]
    command += ["--run-seed", str(seed), "--evidence", str(folder), *options]
    start = time.monotonic()
    with (folder / "printed.txt").open("w", encoding="utf-8") as printed:
        status = subprocess.run(command, stdout=printed, check=False).returncode
    if status not in FINISHED:
        raise SystemExit(f"seed {seed}: pytest ended with {status}, see {folder}/printed.txt")
    found = rows(Record.load(folder))
    return Result(
        seed,
        commit,
        list(options),
        status,
        time.monotonic() - start,
        [row.id for row in found if row.verdict == REFUTED],
        [row.id for row in unsettled(found) if row.verdict != REFUTED] if status else [],
        str(folder),
    )


def bound(red: int, runs: int) -> float:
    """The largest rate of red runs that so few are compatible with, at `CONFIDENCE` (exact)."""
    return 1.0 if red == runs else float(stats.beta.ppf(CONFIDENCE, red + 1, runs - red))


def summary(results: Sequence[Result]) -> list[str]:
    """What all runs together say."""
    red = [result for result in results if result.status]
    at_most = bound(len(red), len(results))
    told = (
        f"{len(results)} runs with different seeds, {len(red)} red: of a right code's runs at most "
    )
    about = [f"seed {r.seed}: {', '.join(r.refuted + r.unsettled)}; {r.folder}" for r in red]
    return [f"{told}{at_most:.1%} end so, at {CONFIDENCE:.0%}", *about]


def main(options: Sequence[str], runs: int = RUNS, out: Path = OUT) -> int:
    """Make the runs that are missing; 1 if any was red."""
    commit = environment()["commit"]
    path = out / "results.jsonl"
    done = {
        result.seed: result
        for result in kept(path)
        if (result.commit, result.options) == (commit, list(options))
    }
    for seed in range(1, runs + 1):
        if seed in done:
            continue
        done[seed] = run(seed, commit, options, out)
        with path.open("a", encoding="utf-8") as results:
            results.write(json.dumps(asdict(done[seed])) + "\n")
        ended = "red" if done[seed].status else "green"
        print(f"seed {seed}: {ended} in {done[seed].seconds:.0f} s", flush=True)
    results_in_order = [done[seed] for seed in sorted(done)]
    print("\n".join(summary(results_in_order)))
    records = [Record.load(Path(result.folder)) for result in results_in_order]
    print("\n".join(lines(combine(records))))
    return int(any(result.status for result in results_in_order))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make thirty", description=__doc__)
    sys.exit(main(parser.parse_known_args()[1]))
