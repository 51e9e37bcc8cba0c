"""What a run says of itself, line by line: its plan, its progress, its end and how it compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verifier.reproduction.comparison.published import CHAOTIC, UNJUDGED
from verifier.reproduction.costs import estimate
from verifier.reproduction.panels import AXES, SERIES, AgreementMap, Panel
from verifier.reproduction.plan import Plan, ask_of
from verifier.reproduction.runner.progress import Ended, Progress
from verifier.reproduction.runner.runner import Work
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training.clean_network import Ask
from verifier.reproduction.training.recipes import PUBLISHED, SCHEDULES

INTERRUPTED = "interrupted; all that was finished is kept: the same command goes on"


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def of_panels(plan: Plan) -> list[str]:
    """Each panel and map that would be drawn, its points and their cost at this scale."""
    asked = {ask for training in plan.trainings for ask in training.asks}
    total = duration(plan.cost)
    return [
        f"{'name':<36} {'points':>8} {'run':>4} {'time, one seed and core':>24}  varies",
        *(_of_panel(panel, plan, asked) for panel in plan.panels),
        *(_of_panel(drawn, plan, asked) for drawn in plan.maps),
        f"\nat {plan.scale} scale with {plan.seeds} seeds: {total} on one core of the reference",
        "machine for what is run; panels share networks, so that the sum is less than its parts",
    ]


def _of_panel(drawn: Panel | AgreementMap, plan: Plan, asked: set[Ask]) -> str:
    settings = drawn.settings if isinstance(drawn, Panel) else (drawn.setting,)
    run = [ask for setting in settings if (ask := ask_of(drawn, setting)) in asked]
    recipes = SCHEDULES if isinstance(drawn, Panel) else (PUBLISHED.name,)
    cost = duration(sum(estimate(run, recipe) for recipe in recipes)) if run else "-"
    varies = AXES[drawn.x] if isinstance(drawn, Panel) else "place in the plane"
    note = f"  ({plan.reasons[drawn.name]})" if drawn.name in plan.reasons else ""
    return f"{drawn.name:<36} {len(settings):>8} {len(run):>4} {cost:>24}  {varies}{note}"


def before(
    plan: Plan, works: Sequence[Work], store: Store, workers: int | None, speed: float
) -> list[str]:
    """What will be run and how long it may take; `speed`: of one core of this machine."""
    costs = {k: cost for work in works for k, cost in zip(work.keys, work.costs, strict=True)}
    left = {k: cost for k, cost in costs.items() if k not in store}
    kept = len(costs) - len(left)
    time = duration(sum(left.values()) / speed / (workers or 1))
    where = "on one core like this machine's" if workers is None else f"with {workers} workers"
    counted = ((len(plan.panels), "panel"), (len(plan.maps), "map"))
    sizes = ", ".join(f"{n} {name}{'s' if n != 1 else ''}" for n, name in counted)
    size = f"{sizes}, seeds: {plan.seeds}"
    networks = len(plan.trainings)
    return [
        f"{plan.scale} scale   {size}",
        f"results      {len(costs)} from {networks} clean networks; {kept} are there already",
        f"estimate     {time} {where}",
        *(f"images       {data}: {source}" for data, source in of_images(plan).items()),
        f"kept in      {store.folder}; after Ctrl-C the same command goes on",
    ]


def of_images(plan: Plan) -> dict[str, str]:
    """Where the images of each data set come from."""
    found = plan.place.origins.items()
    return {data: "not found" if origin is None else origin.source for data, origin in found}


def during(progress: Progress) -> str:
    """Where a run stands, in one line."""
    left = "" if progress.left is None else f", about {duration(progress.left)} left"
    failed = f"  {progress.failed} FAILED" if progress.failed else ""
    done = f"{progress.done} of {progress.total} results"
    return f"{done}, {duration(progress.elapsed)}{left}{failed}  {progress.last}"


def after(ended: Ended) -> list[str]:
    """How a run ended, and what failed."""
    new = ended.done - ended.reused
    lines = [f"done         {ended.done} of {ended.total}, {new} new, {duration(ended.elapsed)}"]
    if ended.interrupted:
        lines.append(INTERRUPTED)
    for failure in ended.failures:
        lines.append(f"FAILED       {failure.label}: {failure.message}")
        if failure.details:
            lines.append(failure.details.rstrip())
    return lines


def of_comparison(content: dict[str, Any]) -> list[str]:
    """How the points at published size compare with the published values; of a gallery's data."""
    summary, lines = content["summary"], []
    for series in summary["series"]:
        matched = series["inside"] + series["near"]
        others = ", ".join(f"{series[v]} {v}" for v in (CHAOTIC, UNJUDGED) if series[v])
        named = f"{SERIES[series['series']]}: {matched} of {series['stable']} stable values fit"
        lines.append(f"published    {named}{'; ' if others else ''}{others}")
    for figure in content["figures"]:
        if (g := figure["g"])["chaotic"]:  # not summed: figures may lean to opposite sides
            higher = f"{g['above']} of g's {g['chaotic']} chaotic values are above our mean"
            lines.append(f"published    {figure['title']}: {higher}")
    for miss in summary["misses"]:
        lines.append(
            f"off          {miss['panel']} {miss['series']} at {miss['x']:g}: "
            f"{miss['mean']:.3f}, published {miss['published']:.3f}"
        )
    return lines
