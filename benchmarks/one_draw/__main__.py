"""What of one draw decides where the published g lies, and how even its targets seem to have been.

`python -m benchmarks.one_draw` trains what is missing (an hour on two cores; it may be stopped and
started again), then writes `docs/one-draw.md`, its picture and what the figures say of it; with
`--page` it only writes them anew, from `docs/one-draw.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict
from pathlib import Path

from benchmarks.one_draw.cases import CASES, SEEDS, Case
from benchmarks.one_draw.compared import ALL, best, distance, replaced, wrong_tilts
from benchmarks.one_draw.found import Found, Sought
from benchmarks.one_draw.page import with_numbers
from benchmarks.one_draw.picture import draw_draws, draw_panels
from benchmarks.one_draw.trained import Draw, Job, Kept, Values, jobs, trained
from verifier.evidence.executors import local_executor
from verifier.reproduction import one_draw as packaged
from verifier.reproduction.panels import Panel

KEPT = Path(".verifier") / "one-draw" / "results.jsonl"
DOCS = Path(__file__).parents[2] / "docs"
VALUES, PAGE = DOCS / "one-draw.json", DOCS / "one-draw.md"
PICTURES = [DOCS / "pictures" / f"one-draw-{number}.png" for number in range(1, 7)]
OF_DRAWS = {case.name: DOCS / "pictures" / f"one-draw-{case.name}.png" for case in CASES}


class Trainer:
    """Trains what is missing in `kept`, on so many processes, with a line for each."""

    def __init__(self, kept: Kept, workers: int) -> None:
        self.kept = kept
        self.workers = workers

    def values(self, panels: Sequence[Panel], draws: Sequence[Draw]) -> Values:
        """Of each point of these panels, of every draw."""
        self.train(jobs(panels, draws))
        return self.kept.values(panels, draws)

    def train(self, wanted: Iterable[Job]) -> None:
        """All jobs that are not kept yet."""
        missing = self.kept.missing(wanted)
        if not missing:
            return
        with local_executor(self.workers) as executor:
            running = {executor.submit(trained, job): job for job in missing}
            for done, future in enumerate(as_completed(running), 1):
                self.kept.put(running[future], future.result())
                print(f"{done} of {len(missing)}: {running[future].name}", flush=True)


def by_tilt(tilt: int) -> list[Draw]:
    """The draw of every seed, its targets of this tilt."""
    return [Draw.by(seed, tilt) for seed in SEEDS]


def sought(case: Case, trainer: Trainer) -> Sought:
    """The tilt by the panel that is shown: of those tried and of the best one's two neighbours."""
    shown = [case.panel(case.shown)]
    distances: dict[int, float] = {}
    for tilts in (case.tilts, None):
        nearest = (best(distances) - 1, best(distances) + 1) if tilts is None else tilts
        for tilt in nearest:
            distances[tilt] = distance(case, trainer.values(shown, by_tilt(tilt)))
    tilt = best(distances)
    panels = [*shown, *(case.panel(axis) for axis in case.held_out)]
    wanted = (tilt, *wrong_tilts(tilt))
    return Sought(
        tilt,
        dict(sorted(distances.items())),
        trainer.values(panels, [Draw.by(seed) for seed in SEEDS]),
        {t: trainer.values(panels, by_tilt(t)) for t in wanted},
    )


def find(case: Case, trainer: Trainer) -> Found:
    """All of one figure."""
    shown = [case.panel(case.shown)]
    usual = trainer.values(shown, [Draw.by(seed) for seed in SEEDS])
    parts = {part: trainer.values(shown, replaced(part)) for part in (*case.parts, ALL)}
    return Found(case, usual, parts, sought(case, trainer) if case.tilts else None)


def main(arguments: Sequence[str]) -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_draw", description=__doc__)
    parser.add_argument("--page", action="store_true", help="train nothing")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    options = parser.parse_args(arguments)
    if not options.page:
        trainer = Trainer(Kept(KEPT), options.workers)
        found = [find(case, trainer) for case in CASES]
        VALUES.write_text(json.dumps([one.to_json() for one in found]) + "\n", encoding="utf-8")
    found = [Found.from_json(row) for row in json.loads(VALUES.read_text(encoding="utf-8"))]
    told = ",\n".join(json.dumps(asdict(one.packaged())) for one in found)
    packaged.PATH.write_text(f"[\n{told}\n]\n", encoding="utf-8")
    PAGE.write_text(with_numbers(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    for figure, path in zip(draw_panels(found), PICTURES, strict=True):
        figure.savefig(path, dpi=200)
    for one in found:
        draw_draws(one).savefig(OF_DRAWS[one.case.name], dpi=200)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
