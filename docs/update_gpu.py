"""Write docs/gpu.md from the newest run of `make gpu` on a GPU: none of it is typed.

The run is looked for in .verifier/gpu, or in the folder given, and kept in docs/gpu/runs. What it
has trained is drawn from its archive, if there is one, and kept in docs/gpu/figures. The page is
written from all that is kept; if nothing is, it says "not run".
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for benchmarks, which is not installed

from benchmarks.gpu import answers, archived, curves, drawn, for_readme, overview  # noqa: E402
from benchmarks.gpu.markdown import bullets, folded, table  # noqa: E402
from benchmarks.gpu.page import checks, figures, provenance  # noqa: E402
from benchmarks.gpu.record import KEPT, BadRecord, Record  # noqa: E402
from benchmarks.gpu.stages import SECONDS, stages  # noqa: E402
from verifier.reproduction.in_words import other_misfits  # noqa: E402

PAGE = ROOT / "docs" / "gpu.md"
RUNS = ROOT / "docs" / "gpu" / "runs"
FIGURES = ROOT / "docs" / "gpu" / "figures"
LINK = "gpu/figures"
"""That folder, from the page."""
NEWEST = ROOT / ".verifier" / "gpu"
COMMANDS = """## The commands

```sh
# with a network: packages for there, to .whl
make gpu-wheels
# there: a checkout, torch, numpy, scipy, .whl
make gpu
# a trial of the same, in little
make gpu DEVICE=cpu
# where the card is lent for less
make gpu SECONDS=240
```

`make gpu` needs neither a network nor `.venv`: `PYTHON=...` is the interpreter that has torch. It
ends within ten minutes (`SECONDS=590`) and leaves eight files in `OUT=...` (`.verifier/gpu`):
`gpu.json`, the same as a page in `gpu.md`, what each stage printed, and `kept.tar.gz` with the
trained points, with which the next run goes on. Its stages run one after another; one that takes
too long is interrupted, and one that fails stops no other."""
WRITTEN = """This page is written by `python docs/update_gpu.py FOLDER`, from `gpu.json` and
`kept.tar.gz` in a folder. [Runs by hand](gpu/README.md)."""
OPENING = """*f* is a network trained on clean samples. *g* is trained on what an attack on f
adds, under labels drawn at random: alone (a), or on the samples (b). The paper's figures show how
well both classify, and how often they agree."""

WITHOUT = """`make test` counts what would make a host wait for its GPU, on any machine: no step of
a loop reads a value, no call more than twice for itself, and copies do not grow with the steps
([`tests/devices`](../tests/devices/test_host_reads.py)). `make gpu-fake` makes an environment with
a CUDA build of torch beside `.venv` and runs every loop on CUDA tensors that have no values: a
tensor made in the wrong place, another dtype on the way, a generator of the wrong device, a mask or
a read in a step is an error, and peak memory at the paper's sizes is printed. It needs no GPU.

What such tensors cannot show: values, so neither rounding nor a kernel that fails on the card; a
backward pass, for which autograd wants a card (`train_deep`, E6); races and streams; memory that is
fragmented or taken by others; time."""


def main(folder: Path = NEWEST) -> int:
    """Keep the run in `folder` if it is one of a GPU, and write the page."""
    try:
        if (folder / "gpu.json").exists():
            newest = Record.read(folder / "gpu.json")
            if newest.device.startswith("cuda"):
                newest.write(RUNS / f"{newest.started[:16].replace(':', '')}.json")
                draw(folder, newest)
            else:
                print(f"the run in {folder} is one of {newest.device}, a trial: it is not shown")
        records = kept()
    except BadRecord as problem:
        print(problem)
        return 2
    if shown := drawn.kept(FIGURES):
        curves.draw_all(shown["pictures"], for_readme.read(FIGURES / drawn.VALUES), FIGURES)
    PAGE.write_text(whole(records), encoding="utf-8")
    print(f"{PAGE} shows {len(records)} runs")
    return 0


def draw(folder: Path, run: Record) -> None:
    """Draw what the run has trained, or say why not; then what is shown stays as it was."""
    if run.figures is None or not (folder / f"{KEPT}.tar.gz").exists():
        print(f"{folder} has no trained points: {FIGURES} is as it was")
        return
    try:
        archived.draw(folder, run, FIGURES)
    except archived.NotOpened as problem:
        print(f"{folder}: {problem}; {FIGURES} is as it was")


def kept() -> list[Record]:
    """All runs that are kept, the newest first."""
    found = [Record.read(path) for path in RUNS.glob("*.json")]
    return sorted(found, key=lambda record: record.started, reverse=True)


def whole(records: Sequence[Record]) -> str:
    """The page with these runs."""
    shown = drawn.kept(FIGURES)
    opening = ["# The paper's figures, trained on a GPU", OPENING]
    if shown:
        rows = for_readme.read(FIGURES / drawn.VALUES)
        answered = answers.answers(shown, rows)
        opening += filter(None, [answered, overview.told(rows, LINK)])
        opening += filter(None, [drawn.claim(rows, LINK), *drawn.judged(shown, LINK)])
        opening.append(answers.how_much(shown))
        if misfits := [*drawn.misfits(shown, rows), *other_misfits(shown)]:
            title = f"More on what does not fit: {len(misfits)} points"
            opening.append(folded(title, bullets(misfits)))
    found = figures(records, drawn.told(shown, LINK) if shown else "")
    stages_planned = folded("What each stage runs, and for how long at most", planned())
    without = folded("What is tested without a GPU, and what cannot be", WITHOUT)
    how = (COMMANDS, stages_planned, without, WRITTEN)
    parts = [*opening, found, *how, checks(records), provenance(records)]
    return "\n\n".join(parts) + "\n"


def planned() -> str:
    """What is started on a GPU, and for how long at most."""
    rows = []
    for stage in stages("cuda", Path("OUT") / KEPT):
        limit = f"{stage.most:.0f} s" if stage.most < SECONDS else "what is left"
        rows.append((stage.name, f"`{stage.told}`", limit))
    return table(("stage", "command", "at most"), rows)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
