"""`verifier reproduce`: the paper's figures, with error bars, beside the published values."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch

from verifier.commands.live import Line, duration
from verifier.errors import InputError, require, require_count
from verifier.evidence.record import REPRODUCTIONS, RUNS, link_to_newest
from verifier.reproduction.comparison.chaos import chaotic_code
from verifier.reproduction.comparison.published import CHAOTIC, UNJUDGED
from verifier.reproduction.costs import estimate, speed
from verifier.reproduction.gallery.collected import Reproduction, collect
from verifier.reproduction.panels import (
    AXES,
    SERIES,
    AgreementMap,
    Panel,
    chosen,
)
from verifier.reproduction.plan import (
    LAPTOP,
    SCALES,
    SEEDS,
    Plan,
    ask_of,
    make_plan,
)
from verifier.reproduction.runner.executors import dask_executor, local_executor
from verifier.reproduction.runner.runner import Finished, Progress
from verifier.reproduction.runner.runner import run as run_works
from verifier.reproduction.runner.store import Store, StoreError
from verifier.reproduction.training.recipes import PUBLISHED, SCHEDULES
from verifier.reproduction.training.work import Training

LINES = 30.0  # seconds between lines of progress where they are not rewritten


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "reproduce",
        help="draw the paper's figures, with error bars, beside the published values",
        description="Trains what the figures need and writes a gallery. Every finished point is "
        "kept: a run that was interrupted goes on where it stopped when it is started again, and "
        "another scale reuses what it can. Exit status 0: all was run; 1: some of it failed or was "
        "interrupted; 2: bad input or a full disk.",
        epilog="examples: `verifier reproduce --scale smoke` tries everything in little; `verifier "
        "reproduce shifted-gauss-a` draws the first figure; `verifier reproduce --list --scale "
        "paper` shows what each panel costs at published size.",
    )
    parser.add_argument(
        "panels", metavar="PANEL", nargs="*", help="its name, or how it begins (default: all)"
    )
    parser.add_argument("--list", action="store_true", help="list the panels and their cost")
    parser.add_argument(
        "--scale",
        default=LAPTOP,
        help=f"{', '.join(SCALES)} (default: {LAPTOP}). paper: everything at published size",
    )
    seeds = ", ".join(f"{SEEDS[scale]} at {scale} scale" for scale in SCALES)
    parser.add_argument("--seeds", type=int, help=f"of every point (default: {seeds})")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument(
        "--images", type=Path, help="folder with mnist/ or fashion-mnist/ IDX files"
    )
    parser.add_argument(
        "--workers", type=int, help="processes, of one thread each (default: one for each core)"
    )
    parser.add_argument(
        "--executor", metavar="tcp://HOST:PORT", help="a dask scheduler to give the work to"
    )
    parser.add_argument(
        "--output", type=Path, default=REPRODUCTIONS, help=f"default: {REPRODUCTIONS}"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Plan, say what it will take, train, write the gallery and print how it compares."""
    workers = _workers(arguments)
    plan = _plan(arguments)
    if arguments.list:
        _list(plan)
        return 0
    write = _gallery_writer()
    with _naming("cache folder", "--output"):
        store = Store(arguments.output / "cache")
    folder = arguments.output / plan.scale
    works = [training.keyed(store) for training in plan.trainings]
    line = Line(LINES)
    try:
        with _executor(arguments, workers) as executor:
            expected = _announce(plan, works, store, workers)
            outcome = run_works(
                works, store, executor, progress=lambda p: line.show(_told(p)), speed=expected
            )
        line.close()
        _print_outcome(outcome)
        print("drawing      the gallery", flush=True)
        report = link_to_newest(RUNS, "*/report.html", folder / "gallery.html")
        found = collect(plan, store, _about(plan, store.code), report)
        page = write(found, folder)
        _print_summary(json.loads((folder / "summary.json").read_text(encoding="utf-8")))
    except (StoreError, OSError) as problem:
        line.close()
        print(f"verifier: {problem}", file=sys.stderr)
        return 2
    print(f"gallery      {page}")
    return 1 if outcome.failures or outcome.interrupted else 0


def _workers(arguments: argparse.Namespace) -> int | None:
    """How many local processes; None with an executor elsewhere."""
    given: int | None = arguments.workers
    if arguments.executor:
        require(given is None, "--workers", given, "is for local processes, not for --executor")
        return None
    if given is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    require_count("--workers", given)
    return given


def _plan(arguments: argparse.Namespace) -> Plan:
    scale, device = arguments.scale, arguments.device
    panels, maps = chosen(arguments.panels)
    try:
        torch.zeros((), device=device)
    except (RuntimeError, AssertionError) as problem:
        raise InputError("--device", device, f"cannot be used here: {problem}") from None
    seeds = SEEDS.get(scale, 1) if arguments.seeds is None else arguments.seeds
    with _naming("folder", "--images"):
        return make_plan(panels, maps, scale, seeds, device, arguments.images)


@contextmanager
def _naming(argument: str, option: str) -> Iterator[None]:
    """Bad input that the library reports of its `argument` was given as `option`."""
    try:
        yield
    except InputError as problem:
        if problem.argument != argument:
            raise
        raise InputError(option, problem.value, problem.rule) from problem


def _executor(arguments: argparse.Namespace, workers: int | None) -> AbstractContextManager[Any]:
    return dask_executor(arguments.executor) if workers is None else local_executor(workers)


def _gallery_writer() -> Callable[[Reproduction, Path], Path]:
    """Imported before any work, since it needs packages that may be missing."""
    try:
        from verifier.reproduction.gallery.page import write
    except ModuleNotFoundError as problem:
        rule = "is not installed; the gallery needs pip install 'perturbation-verifier[report]'"
        raise InputError("package", problem.name, rule) from None
    return write


def _list(plan: Plan) -> None:
    """Each panel and map that would be drawn, its points and their cost at this scale."""
    asked = {ask for training in plan.trainings for ask in training.asks}
    print(f"{'name':<36} {'points':>8} {'run':>4} {'time, one seed and core':>24}  varies")
    everything: list[Panel | AgreementMap] = [*plan.panels, *plan.maps]
    for drawn in everything:
        settings = drawn.settings if isinstance(drawn, Panel) else (drawn.setting,)
        run = [a for s in settings if (a := ask_of(drawn, s)) in asked]
        recipes = SCHEDULES if isinstance(drawn, Panel) else (PUBLISHED.name,)
        cost = duration(sum(estimate(run, recipe) for recipe in recipes)) if run else "-"
        varies = AXES[drawn.x] if isinstance(drawn, Panel) else "place in the plane"
        note = f"  ({plan.reasons[drawn.name]})" if drawn.name in plan.reasons else ""
        print(f"{drawn.name:<36} {len(settings):>8} {len(run):>4} {cost:>24}  {varies}{note}")
    total = duration(plan.cost)
    print(f"\nat {plan.scale} scale with {plan.seeds} seeds: {total} on one core of the reference")
    print("machine for what is run; panels share networks, so that the sum is less than its parts")


def _announce(
    plan: Plan, works: Sequence[Training], store: Store, workers: int | None
) -> float | None:
    """Say what will be run and how long it may take; return the speed if workers are local."""
    keys = {k: cost for work in works for k, cost in zip(work.keys, work.costs, strict=True)}
    left = {k: cost for k, cost in keys.items() if k not in store}
    size = f"{len(plan.panels)} panels, {len(plan.maps)} maps, seeds: {plan.seeds}"
    print(f"{plan.scale} scale   {size}")
    kept = len(keys) - len(left)
    print(f"results      {len(keys)} from {len(works)} clean networks; {kept} are there already")
    one = speed(plan.place.device)
    total = None if workers is None else one * workers
    if total is None:
        print(f"estimate     {duration(sum(left.values()) / one)} on one core like this machine's")
    else:
        print(f"estimate     {duration(sum(left.values()) / total)} with {workers} workers")
    for name, origin in plan.place.origins.items():
        print(f"images       {name}: {'not found' if origin is None else origin.source}")
    print(f"kept in      {store.folder}; after Ctrl-C the same command goes on", flush=True)
    return total


def _told(progress: Progress) -> str:
    left = "" if progress.left is None else f", about {duration(progress.left)} left"
    failed = f"  {progress.failed} FAILED" if progress.failed else ""
    done = f"{progress.done} of {progress.total} results"
    return f"{done}, {duration(progress.elapsed)}{left}{failed}  {progress.last}"


def _about(plan: Plan, code: str) -> dict[str, str]:
    about = {"scale": plan.scale, "seeds": str(plan.seeds), "device": plan.place.device}
    judged = {"": "no packaged list", code: "by this code"}.get(chaotic_code(), "by other code")
    about["chaotic values settled"] = judged
    for data, origin in plan.place.origins.items():
        about[f"images, {data}"] = "not found" if origin is None else origin.source
    return about


def _print_outcome(outcome: Finished) -> None:
    new = outcome.done - outcome.reused
    print(f"done         {outcome.done} of {outcome.total}, {new} new, {duration(outcome.elapsed)}")
    if outcome.interrupted:
        print("interrupted; all that was finished is kept: the same command goes on")
    for failure in outcome.failures:
        print(f"FAILED       {failure.label}: {failure.message}")
        if failure.details:
            print(failure.details.rstrip())


def _print_summary(summary: dict[str, Any]) -> None:
    """How the points at published size compare with the published values."""
    for series in summary["series"]:
        matched = series["inside"] + series["near"]
        others = ", ".join(f"{series[v]} {v}" for v in (CHAOTIC, UNJUDGED) if series[v])
        named = f"{SERIES[series['series']]}: {matched} of {series['stable']} stable values matched"
        print(f"published    {named}{'; ' if others else ''}{others}")
    for miss in summary["misses"]:
        print(
            f"off          {miss['panel']} {miss['series']} at {miss['x']:g}: "
            f"{miss['mean']:.3f}, published {miss['published']:.3f}"
        )
