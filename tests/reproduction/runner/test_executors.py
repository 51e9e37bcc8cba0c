"""Workers that die, pools that do not recover, and a cluster: the others' work goes on."""

import os
import signal
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import local_cluster
from tests.reproduction.runner.toy_works import (
    Toy,
    alive,
    assert_whole,
    held,
    made,
    quiet,
)
from verifier.errors import InputError
from verifier.evidence import executors
from verifier.evidence.executors import dask_executor, local_executor
from verifier.evidence.tasks import ATTEMPTS
from verifier.reproduction.runner.progress import Progress
from verifier.reproduction.runner.runner import run
from verifier.reproduction.runner.store import Store


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_disturbs_no_other(store: Store, folder: Path) -> None:
    works = [
        Toy.make(store, folder, (0, 1, 2), does={2: "hold"}),
        Toy.make(store, folder, (3, 4), does={4: "hold"}),
        Toy.make(store, folder, (5, 6), does={6: "raise"}),  # an exception that cannot be pickled
    ]
    spared: list[int] = []

    def kill_one(progress: Progress) -> None:
        waiting = held(folder)
        if not spared and len(waiting) == 2:
            os.kill(waiting[4], signal.SIGINT)  # Ctrl-C is for the parent to handle
            os.kill(waiting[2], signal.SIGKILL)
            spared.append(waiting[4])
        elif spared and len(list(folder.glob("held-2-*"))) == 2:
            (folder / "go").touch()

    with local_executor(2) as executor:
        ended = run(works, store, executor, progress=kill_one)
    assert [f.label for f in ended.failures] == ["toy 5"]
    assert "must be liked" in ended.failures[0].message
    assert "toy_works.py" in ended.failures[0].details
    assert ended.done == 6
    assert made(folder) == dict.fromkeys(range(6), 1)
    assert [p.name for p in folder.glob("held-4-*")] == [f"held-4-{spared[0]}"]
    assert not alive(spared[0])
    assert_whole(store, range(6))


class Breaking(ThreadPoolExecutor):
    """An executor whose worker dies of one work; `for_good`: and which then takes no other."""

    def __init__(self, label: str, for_good: bool) -> None:
        super().__init__(1)
        self.label, self.for_good, self.deaths = label, for_good, 0

    def submit(self, fn: Any, /, work: Any, *rest: Any, **_: Any) -> "Future[Any]":
        if self.deaths and self.for_good:
            raise BrokenProcessPool("pool is gone")
        if work.label != self.label:
            return super().submit(fn, work, *rest)
        self.deaths += 1
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("died"))
        return future


def test_a_work_that_kills_its_workers_fails_after_some_attempts(
    store: Store, folder: Path
) -> None:
    works = [Toy.make(store, folder, (0,)), Toy.make(store, folder, (1,))]
    with Breaking("toy 1", for_good=False) as executor:
        ended = run(works, store, executor, progress=quiet)
    assert executor.deaths == ATTEMPTS
    (failure,) = ended.failures
    assert (failure.label, ended.done) == ("toy 1", 1)
    assert "out of memory?" in failure.message


def test_a_pool_that_does_not_recover_ends_the_run_with_failures(
    store: Store, folder: Path
) -> None:
    works = [Toy.make(store, folder, (0,)), Toy.make(store, folder, (1,))]
    with Breaking("toy 1", for_good=True) as executor:
        ended = run(works, store, executor, progress=quiet)
    assert sorted(f.label for f in ended.failures) == ["toy 0", "toy 1"]
    assert "pool is gone" in ended.failures[0].message


@pytest.mark.slow
def test_a_dask_worker_killed_in_the_middle_loses_nothing(store: Store, folder: Path) -> None:
    works = [
        Toy.make(store, folder, (0, 1, 2), does={2: "hold"}),
        Toy.make(store, folder, (3, 4), does={4: "hold"}),
        Toy.make(store, folder, (5, 6), does={6: "raise"}),
    ]
    killed: list[int] = []

    def kill_one(progress: Progress) -> None:
        waiting = held(folder)
        if not killed and len(waiting) == 2:
            os.kill(waiting[2], signal.SIGKILL)
            killed.append(waiting[2])
        elif killed and len(list(folder.glob("held-2-*"))) == 2:
            (folder / "go").touch()

    cluster = local_cluster(folder)
    with cluster, dask_executor(cluster.scheduler_address) as executor:
        ended = run(works, store, executor, progress=kill_one)
    assert killed
    assert [f.label for f in ended.failures] == ["toy 5"]
    assert "must be liked" in ended.failures[0].message
    assert made(folder) == dict.fromkeys(range(6), 1)
    assert_whole(store, range(6))


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "http://x:1", "tcp://"])
def test_a_scheduler_that_does_not_answer_is_bad_input(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "CONNECT", 0.5)
    with pytest.raises(InputError, match=r"--executor = .*scheduler"), dask_executor(address):
        pass


def test_without_dask_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install .*cluster"), dask_executor("tcp://x:8786"):
        pass
