"""Several processes at work, each in a copy of the project of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.mutants.tree import Tree

Asked = TypeVar("Asked")
Told = TypeVar("Told")

_mine: dict[str, Any] = {}
"""What a process was given at its start: its tree, its log and its work."""


def each(
    work: Callable[[Tree, Path, Asked], Told],
    asked: Sequence[Asked],
    tree: Tree,
    log: Path,
    workers: int,
) -> Iterator[tuple[Asked, Told]]:
    """`work(tree, log, a)` of every `a`, as they end; `tree` and `log` are the process's own.

    Processes are forked: what is imported, and `work`, they have. An interruption, which they
    hear of too, ends them with their children.
    """
    if workers == 1:
        for one in asked:
            yield one, work(tree, log, one)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(asked)),
        mp_context=multiprocessing.get_context("fork"),
        initializer=_begin,
        initargs=(work, tree, log),
    )
    try:
        waiting = {pool.submit(_do, one): one for one in asked}
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(work: Callable[..., Any], tree: Tree, log: Path) -> None:
    name = str(os.getpid())
    own = Tree.copied(tree.root, tree.files, tree.root / ".workers" / name)
    _mine.update(work=work, tree=own, log=log.with_name(f"{log.stem}-{name}{log.suffix}"))


def _do(one: Any) -> Any:
    return _mine["work"](_mine["tree"], _mine["log"], one)
