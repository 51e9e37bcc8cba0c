"""Where work is done: processes of this machine, or a dask cluster.

Runs, hunts and reproductions take the same ones; any other `concurrent.futures.Executor` does.
"""

from __future__ import annotations

import functools
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from verifier.errors import InputError, require, require_count
from verifier.evidence.extras import install

CONNECT = 10.0  # seconds within which a scheduler has to answer

P = ParamSpec("P")
T = TypeVar("T")


def processes_of(workers: int | None, address: str | None) -> int | None:
    """How many local processes, by `--workers` and `--executor`; None with an executor elsewhere.

    As many as this process has cores, unless it is said. Raises `InputError` for both of them.
    """
    if address is not None:
        require(workers is None, "--workers", workers, "is for local processes, not for --executor")
        return None
    if workers is not None:
        require_count("--workers", workers)
        return workers
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def executor_of(workers: int | None, address: str | None) -> AbstractContextManager[Executor]:
    """The executor that `--workers` and `--executor` name, as a context manager."""
    processes = processes_of(workers, address)
    return dask_executor(str(address)) if processes is None else local_executor(processes)


def local_executor(workers: int) -> Executor:
    """`workers` processes on this machine. Use it as a context manager."""
    return _Processes(workers)


class _Processes(ThreadPoolExecutor):
    """Threads with one process each, so that a process that dies fails nothing but its own task.

    The thread then starts a new one. All processes watch a pipe whose other end is here: they exit
    when it closes, be it by `shutdown(wait=False)` or because this process was killed.
    """

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._context = multiprocessing.get_context("spawn")  # forks of torch's threads deadlock
        self._watched, self._held = self._context.Pipe(duplex=False)
        self._own = threading.local()
        self._pools: list[ProcessPoolExecutor] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a process call `fn`; a `BrokenExecutor` means that the process died."""
        return super().submit(self._in_process, functools.partial(fn, *args, **kwargs))

    def _in_process(self, task: Callable[[], T]) -> T:
        if getattr(self._own, "pool", None) is None:
            self._own.pool = ProcessPoolExecutor(
                1, self._context, initializer=_start_worker, initargs=(self._watched,)
            )
            self._pools.append(self._own.pool)
        try:
            future: Future[T] = self._own.pool.submit(task)
            return future.result()
        except BrokenExecutor:
            self._own.pool = None
            raise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: after what was submitted or, if not to `wait`, at once."""
        super().shutdown(wait, cancel_futures=cancel_futures or not wait)
        if wait:
            for pool in self._pools:
                pool.shutdown()
        self._held.close()


def _start_worker(watched: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_exit_on_close, args=(watched,), daemon=True).start()


def _exit_on_close(watched: Connection) -> None:
    with suppress(EOFError, OSError):
        watched.recv_bytes()  # nothing is ever sent
    os._exit(1)


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """The workers of the dask scheduler at `address`, such as "tcp://host:8786".

    They must run the same code and see the folders of the run under the same paths. A task whose
    worker dies is given to another one by dask. Raises `InputError` if nothing answers there.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        rule = f"needs dask: {install('cluster')}"
        raise InputError("--executor", address, rule) from None
    try:
        client = distributed.Client(address, timeout=CONNECT)
    except (OSError, ValueError) as problem:
        rule = f"must be the address of a running dask scheduler: {problem}"
        raise InputError("--executor", address, rule) from problem
    with client:
        yield client.get_executor(pure=False)  # a work that is begun again is no repetition
