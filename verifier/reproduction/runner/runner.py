"""Hand works to any executor until their results are in the store, whoever dies on the way."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Protocol

import torch

from verifier.evidence.tasks import Tasks, problem_of
from verifier.reproduction.runner.progress import Ended, Failure, Progress
from verifier.reproduction.runner.store import Store, StoreError

LOOK = 5.0  # seconds between looks at the store, which take time where there are many points
SETTLED = 300.0  # seconds after which a run's own speed counts more than the expected one


class Work(Protocol):
    """A piece of work that one worker does: picklable, and the same however often it is begun."""

    @property
    def label(self) -> str:
        """What it is called in progress and in messages."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the results it makes."""

    @property
    def costs(self) -> tuple[float, ...]:
        """Of each key, the estimated seconds on one core."""

    def run(self, store: Store) -> None:
        """Compute the results that are missing, and put each as soon as it is ready."""


def run(
    works: Sequence[Work],
    store: Store,
    executor: Executor,
    *,
    progress: Callable[[Progress], None],
    speed: float | None = None,
) -> Ended:
    """Have `executor` do every work that misses results, the most expensive first.

    A work that raises is a failure and the others go on; one whose worker dies is begun again,
    a few times. Ctrl-C ends the run with what is finished kept. A `StoreError`, such as a full
    disk, ends it too and is raised. Either way the executor is shut down.
    `progress` is called about every second and whenever a work ends. `speed`: the costs that all
    workers together are expected to do in a second, if that is known.
    """
    tally = _Tally(works, store, speed)
    tasks: Tasks[Work, Failure | None] = Tasks(executor)
    interrupted = False
    try:
        progress(tally.progress())
        for work in sorted(tally.unfinished(works), key=tally.cost_left, reverse=True):
            tasks.begin(work, _perform, work, store)
        while tasks:
            for work, future in tasks.ended():
                failure = _failure_of(future, work)
                if failure is None:
                    tally.finish(work)
                else:
                    tally.give_up(work, failure)
            tally.look()
            progress(tally.progress())
    except BaseException as problem:
        tasks.abandon()
        if not isinstance(problem, KeyboardInterrupt):
            raise
        interrupted = True
        tally.look(at_once=True)
    return tally.ended(interrupted)


def _perform(work: Work, store: Store) -> Failure | None:
    """Do a work, in the worker; a failure as text, for not every exception survives the way back.

    With one thread of torch, so that results do not depend on the worker.
    """
    store.check()
    torch.set_num_threads(1)
    try:
        work.run(store)
    except StoreError:
        raise
    except Exception as problem:
        return Failure(work.label, f"{type(problem).__name__}: {problem}", traceback.format_exc())
    missing = sum(key not in store for key in work.keys)
    return Failure(work.label, f"ended with {missing} results missing") if missing else None


def _failure_of(future: Future[Failure | None], work: Work) -> Failure | None:
    try:
        return future.result()
    except StoreError:
        raise
    except Exception:
        return Failure(work.label, problem_of(future))


class _Tally:
    """What is done and what is left. Entries are read once, at the start; later only looked for."""

    def __init__(self, works: Sequence[Work], store: Store, speed: float | None) -> None:
        self.speed = speed
        self.store = store
        self.started = time.monotonic()
        self.looked = -LOOK
        self.costs: dict[str, float] = {}
        self.labels: dict[str, str] = {}
        for work in works:
            for key, cost in zip(work.keys, work.costs, strict=True):
                self.costs.setdefault(key, cost)
                self.labels.setdefault(key, work.label)
        self.done = {key for key in self.costs if store.get(key) is not None}
        self.reused = frozenset(self.done)
        self.hopeless: set[str] = set()
        self.failures: list[Failure] = []
        self.last = ""

    def unfinished(self, works: Sequence[Work]) -> list[Work]:
        return [work for work in works if not self.done.issuperset(work.keys)]

    def cost_left(self, work: Work) -> float:
        return self._cost(set(work.keys) - self.done)

    def finish(self, work: Work) -> None:
        self.done.update(work.keys)
        self.last = work.label

    def give_up(self, work: Work, failure: Failure) -> None:
        self.done.update(key for key in work.keys if key in self.store)
        self.hopeless.update(work.keys)
        self.failures.append(failure)

    def look(self, at_once: bool = False) -> None:
        """Look for new results, of this run or another, at most every `LOOK` seconds."""
        if not at_once and time.monotonic() - self.looked < LOOK:
            return
        found = [key for key in self.costs if key not in self.done and key in self.store]
        self.done.update(found)
        self.last = self.labels[found[-1]] if found else self.last
        self.looked = time.monotonic()

    def progress(self) -> Progress:
        elapsed = time.monotonic() - self.started
        made = self._cost(self.done - self.reused)
        left = self._cost(self.costs.keys() - self.done - self.hopeless)
        return Progress(
            done=len(self.done),
            total=len(self.costs),
            cost_done=self._cost(self.done),
            cost=sum(self.costs.values()),
            failed=len(self.failures),
            elapsed=elapsed,
            left=self._time_for(left, made, elapsed),
            last=self.last,
        )

    def _time_for(self, cost: float, made: float, elapsed: float) -> float | None:
        """Seconds for `cost`, after `made` in `elapsed` seconds."""
        if self.speed is not None:
            return cost * (elapsed + SETTLED) / (made + SETTLED * self.speed)
        return cost * elapsed / made if made else None

    def ended(self, interrupted: bool) -> Ended:
        return Ended(
            total=len(self.costs),
            reused=len(self.reused),
            done=len(self.done),
            elapsed=time.monotonic() - self.started,
            failures=tuple(self.failures),
            interrupted=interrupted,
        )

    def _cost(self, keys: set[str]) -> float:
        return sum(self.costs[key] for key in keys)
