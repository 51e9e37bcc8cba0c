"""A hunt shared out: each restart is a task of its own, and what they found one record."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future

import torch

from verifier.errors import require
from verifier.evidence.source import OtherCode, require_source, source_hash
from verifier.evidence.tasks import ATTEMPTS, Tasks, problem_of
from verifier.falsify.search import Hunt

AHEAD = 256  # restarts that are given out at once: as many workers are kept busy


def run_by(executor: Executor, hunt: Hunt, budget: float, progress: Callable[[Hunt], None]) -> Hunt:
    """Hunt as `hunt.run(budget, progress)` does, with the restarts made by `executor`.

    A restart finds the same wherever it is made, and they are taken in the order of their numbers:
    what is found until a refutation is what one machine finds, whichever workers die. When the
    budget is over, restarts under way are given up; one at least is awaited. `hunt.lost` names
    those whose workers died again and again; where most do, as without a scheduler, the hunt ends.
    Raises `OtherCode` for a worker with other code.
    """
    require(budget > 0, "budget", budget, "must be positive")
    began = time.monotonic()
    tasks: Tasks[int, Hunt] = Tasks(executor)
    fresh, source, numbers = hunt.alone(), source_hash(), itertools.count()
    ready: dict[int, Future[Hunt]] = {}
    following = 0
    try:
        while not _is_over(hunt, budget):
            while len(tasks) < AHEAD:
                number = next(numbers)
                tasks.begin(number, _restarted, fresh, number, source)
            ready |= dict(tasks.ended())
            while following in ready and hunt.refutation is None:
                _take(hunt, following, ready.pop(following))
                following += 1
            hunt.elapsed = time.monotonic() - began
            progress(hunt)
    except KeyboardInterrupt:
        hunt.interrupted = True
    finally:
        tasks.abandon()
    for number in sorted(ready):
        if hunt.refutation is None:
            _take(hunt, number, ready[number])
    hunt.elapsed = time.monotonic() - began
    return hunt


def _is_over(hunt: Hunt, budget: float) -> bool:
    is_hopeless = len(hunt.lost) >= ATTEMPTS and 2 * len(hunt.lost) > hunt.restarts
    is_spent = hunt.elapsed >= budget and hunt.restarts > 0
    return hunt.refutation is not None or is_hopeless or is_spent


def _restarted(hunt: Hunt, number: int, source: str) -> Hunt:
    """One restart, in the worker; with one thread, so that no sum depends on the machine."""
    require_source(source)
    torch.set_num_threads(1)
    return hunt.restarted(number)


def _take(hunt: Hunt, number: int, future: Future[Hunt]) -> None:
    try:
        hunt.take(future.result())
    except OtherCode:
        raise
    except Exception:
        hunt.restarts += 1
        hunt.lost.append(f"restart {number}: {problem_of(future)}")
