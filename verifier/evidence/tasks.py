"""Tasks that an executor carries out: whoever dies on the way, each comes to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import Generic, ParamSpec, TypeVar

POLL = 1.0  # seconds after which whoever waits may look around
ATTEMPTS = 3  # how often a task is begun before it is held to be what kills its workers

P = ParamSpec("P")
Key = TypeVar("Key")
T = TypeVar("T")


class Tasks(Generic[Key, T]):
    """Tasks of one `executor`, by key; one whose worker died is begun again, `ATTEMPTS` times."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._pending: dict[Future[T], tuple[Key, int, Callable[[], Future[T]]]] = {}

    def __len__(self) -> int:
        """How many have not ended."""
        return len(self._pending)

    def begin(self, key: Key, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have a worker call `fn`."""
        self._begin(key, 1, lambda: self.executor.submit(fn, *args, **kwargs))

    def _begin(self, key: Key, attempt: int, submit: Callable[[], Future[T]]) -> None:
        try:
            future = submit()
        except Exception as problem:  # a pool that does not replace its workers, or is closed
            future = Future()
            future.set_exception(problem)
        self._pending[future] = key, attempt, submit

    def ended(self) -> Iterator[tuple[Key, Future[T]]]:
        """Those that end within about `POLL` seconds, as soon as one does."""
        wait(self._pending, POLL, FIRST_COMPLETED)  # which never returns a cancelled one
        for future in [future for future in self._pending if future.done()]:
            key, attempt, submit = self._pending.pop(future)
            died = not future.cancelled() and isinstance(future.exception(), BrokenExecutor)
            if died and attempt < ATTEMPTS:
                self._begin(key, attempt + 1, submit)
            else:
                yield key, future

    def abandon(self) -> None:
        """Begin no more of them, and shut the executor down without waiting."""
        for future in self._pending:
            future.cancel()
        self._pending.clear()
        self.executor.shutdown(wait=False)


def problem_of(future: Future[T]) -> str:
    """Why a task that has ended has no result; empty if it has one."""
    if future.cancelled():
        return "cancelled: the executor lost it; did a scheduler stop?"
    problem = future.exception()
    if isinstance(problem, BrokenExecutor):
        return f"its worker died, {ATTEMPTS} times ({problem}); out of memory?"
    return f"{type(problem).__name__}: {problem}" if problem is not None else ""
