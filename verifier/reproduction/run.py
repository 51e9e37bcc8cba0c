"""A reproduction from its options to its gallery: plan, train what is missing, draw, compare."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from verifier.errors import InputError, require
from verifier.evidence.executors import executor_of, processes_of
from verifier.evidence.folders import newest_report
from verifier.model.usable_device import usable_device
from verifier.report.extra import extra
from verifier.reproduction import told
from verifier.reproduction.comparison.chaos import seeds_of_deviations
from verifier.reproduction.costs import speed
from verifier.reproduction.gallery.collected import Reproduction, collect
from verifier.reproduction.panels import chosen, published_maps, published_panels
from verifier.reproduction.plan import Plan, make_plan
from verifier.reproduction.runner.progress import Ended, Progress
from verifier.reproduction.runner.runner import Work
from verifier.reproduction.runner.runner import run as run_works
from verifier.reproduction.runner.store import Store
from verifier.reproduction.scales import SEEDS
from verifier.reproduction.training.foreseen_work import foreseeings


@dataclass(frozen=True)
class Request:
    """What is to be reproduced and where: the options of `verifier reproduce`.

    `seeds`, `workers`: None for as many as the scale has seeds, and this machine cores.
    `executor`: the address of a dask scheduler to be used instead of local processes.
    """

    panels: Sequence[str]
    scale: str
    seeds: int | None
    device: str
    images: Path | None
    workers: int | None
    executor: str | None
    output: Path

    def processes(self) -> int | None:
        """How many local processes; None with an executor elsewhere."""
        return processes_of(self.workers, self.executor)

    def plan(self) -> Plan:
        """All that it takes; raises `InputError` with the name of the option that is wrong."""
        self.processes()
        for name in self.panels:
            _require_panel(name)
        panels, maps = chosen(list(self.panels))
        usable_device(self.device, "--device")
        seeds = SEEDS.get(self.scale, 1) if self.seeds is None else self.seeds
        with _naming("folder", "--images"):
            return make_plan(panels, maps, self.scale, seeds, self.device, self.images)

    def store(self) -> Store:
        """The results of all runs with this output folder."""
        with _naming("cache folder", "--output"):
            return Store(self.output / "cache")


def reproduce(
    request: Request,
    plan: Plan,
    say: Callable[[str], None],
    progress: Callable[[Progress], None],
    show: Callable[[str], None],
) -> Ended:
    """Train what the plan misses and write the gallery; how the training ended.

    `say` gets each line that is told, `progress` is called about every second of training, `show`
    with each figure that is drawn. Raises `InputError` before any work, `StoreError` or `OSError`
    where results cannot be kept.
    """
    write = _gallery_writer()
    store = request.store()
    trainings = [training.keyed(store) for training in plan.trainings]
    works: list[Work] = [*trainings, *foreseeings(trainings, store)]
    workers = request.processes()
    with executor_of(request.workers, request.executor) as executor:
        one = speed(plan.place.device)
        _say_each(say, told.before(plan, works, store, workers, one))
        expected = None if workers is None else one * workers
        ended = run_works(works, store, executor, progress=progress, speed=expected)
    _say_each(say, told.after(ended))
    say("drawing      the gallery")
    folder = request.output / plan.scale
    report = newest_report(folder / "gallery.html")
    page = write(collect(plan, store, _about(plan), report), folder, show)
    content = json.loads((folder / "gallery.json").read_text(encoding="utf-8"))
    _say_each(say, told.of_comparison(content))
    say(f"gallery      {page}")
    return ended


def _say_each(say: Callable[[str], None], lines: Sequence[str]) -> None:
    for line in lines:
        say(line)


def _require_panel(name: str) -> None:
    """Raise `InputError`, saying what is near, unless a panel or map is, or begins with, `name`."""
    known = (*published_panels(), *published_maps())
    starts = {"-".join(k.split("-")[:n]) for k in known for n in range(1, k.count("-") + 2)}
    near = get_close_matches(name, sorted(starts))
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    rule = f"must begin the name of a panel; --list shows them{meant}"
    require(name in starts, "PANEL", repr(name), rule)


@contextmanager
def _naming(argument: str, option: str) -> Iterator[None]:
    """Bad input that the library reports of its `argument` was given as `option`."""
    try:
        yield
    except InputError as problem:
        if problem.argument != argument:
            raise
        raise InputError(option, problem.value, problem.rule) from problem


def _gallery_writer() -> Callable[[Reproduction, Path, Callable[[str], None]], Path]:
    """Imported before any work, since it needs packages that may be missing."""
    with extra("gallery"):
        from verifier.reproduction.gallery.page import write
    return write


def _about(plan: Plan) -> dict[str, str]:
    """Settings of the run, for the gallery's reader."""
    return {
        "scale": plan.scale,
        "seeds": str(plan.seeds),
        "device": plan.place.device,
        "chaotic values judged by": seeds_of_deviations() or "no seeds yet",
        **{f"images, {data}": source for data, source in told.of_images(plan).items()},
    }
