"""The runner: whoever dies, whatever fails, nothing finished is lost or computed again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.reproduction.toy_works import (
    Toy,
    held,
    made,
    wait_until,
)
from verifier.errors import InputError
from verifier.reproduction.runner import executors
from verifier.reproduction.runner.executors import dask_executor, local_executor
from verifier.reproduction.runner.runner import (
    ATTEMPTS,
    SETTLED,
    Ended,
    Progress,
    _Tally,
    run,
)
from verifier.reproduction.runner.store import Store, StoreError

ROOT = Path(__file__).parents[2]
TWO_HOLD = [
    {"numbers": [0, 1, 2, 3], "does": {3: "hold"}},
    {"numbers": [4, 5], "does": {5: "hold"}},
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where works leave their traces."""
    path = tmp_path / "traces"
    path.mkdir()
    return path


def quiet(_: Progress) -> None:
    pass


def in_threads(works: list[Toy], store: Store, workers: int = 2, progress: Any = quiet) -> Ended:
    with ThreadPoolExecutor(workers) as executor:
        return run(works, store, executor, progress=progress)


def command(store: Store, folder: Path, works: list[dict[str, Any]], kind: str) -> list[str]:
    module = [sys.executable, "-m", "tests.reproduction.toy_works"]
    return [*module, str(store.folder), str(folder), json.dumps(works), kind]


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(store: Store, folder: Path) -> Iterator[Start]:
    """Starts whole runs, each in a process group of its own, and ends them after the test."""
    started: list[subprocess.Popen[str]] = []

    def whole_run(works: list[dict[str, Any]], kind: str = "local") -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            command(store, folder, works, kind),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield whole_run
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def alive(process: int) -> bool:
    """Whether it runs; a zombie, which only waits to be noticed, does not."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    return state != "Z"


def assert_whole(store: Store, numbers: range, filled: int = 0) -> None:
    """Every result is there and right, and the store holds nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in numbers:
            result = store.get(store.key_of({"square of": number}))
            assert result == {"square": number**2, "filling": "x" * filled}
    assert len(list(store.folder.glob("results/*/*/*"))) == len(numbers)
    assert list((store.folder / "corrupt").iterdir()) == []


def test_a_run_killed_in_the_middle_resumes_and_computes_nothing_twice(
    store: Store, folder: Path, start: Start
) -> None:
    process = start(TWO_HOLD)
    waiting = wait_until(lambda: len(found := held(folder)) == 2 and found)
    process.kill()
    process.wait()
    for worker in waiting.values():
        wait_until(lambda worker=worker: not alive(worker))
    assert made(folder) == {0: 1, 1: 1, 2: 1, 4: 1}
    (folder / "go").touch()
    works = [Toy.make(store, folder, (0, 1, 2, 3)), Toy.make(store, folder, (4, 5))]
    ended = in_threads(works, store)
    assert (ended.total, ended.reused, ended.done, ended.failures) == (6, 4, 6, ())
    assert made(folder) == dict.fromkeys(range(6), 1)
    assert_whole(store, range(6))


def test_ctrl_c_ends_a_run_and_keeps_what_is_finished(
    store: Store, folder: Path, start: Start
) -> None:
    process = start([*TWO_HOLD, {"numbers": [6]}])
    waiting = wait_until(lambda: len(found := held(folder)) == 2 and found)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    ended = json.loads(output)
    assert (ended["interrupted"], ended["failures"]) == (True, [])
    assert (ended["done"], ended["total"]) == (4, 7)
    assert errors == ""
    for worker in waiting.values():
        wait_until(lambda worker=worker: not alive(worker))
    assert made(folder) == {0: 1, 1: 1, 2: 1, 4: 1}


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


def test_a_failing_work_stops_no_other(store: Store, folder: Path) -> None:
    works = [
        Toy.make(store, folder, (0, 1), does={1: "raise"}),
        Toy.make(store, folder, (2, 3), does={2: "skip"}),
        Toy.make(store, folder, (4, 5)),
    ]
    seen: list[Progress] = []
    ended = in_threads(works, store, progress=seen.append)
    messages = {f.label: f.message for f in ended.failures}
    assert messages.keys() == {"toy 0", "toy 2"}
    assert messages["toy 0"].startswith("InputError: number = 1")
    assert "1 results missing" in messages["toy 2"]
    assert (ended.done, ended.total) == (4, 6)
    assert (seen[-1].failed, seen[-1].left) == (2, 0.0)


def test_progress_counts_points_and_estimates_the_time_left(store: Store, folder: Path) -> None:
    in_threads([Toy.make(store, folder, (9,))], store)
    works = [Toy.make(store, folder, numbers) for numbers in ((0,), (7, 9), (4, 5))]
    seen: list[Progress] = []
    ended = in_threads(works, store, workers=1, progress=seen.append)
    assert (ended.total, ended.reused, ended.done) == (5, 1, 5)
    first, last = seen[0], seen[-1]
    assert (first.done, first.total, first.cost_done, first.cost) == (1, 5, 10.0, 30.0)
    assert (first.left, first.last) == (None, "")
    assert (last.done, last.cost_done, last.left) == (5, 30.0, 0.0)
    assert [p.last for p in seen if p.last][::-1][0] == "toy 0"  # the cheapest comes last
    order = sorted(folder.glob("made-*"), key=lambda path: path.stat().st_mtime_ns)
    assert [int(path.name.split("-")[1]) for path in order] == [9, 4, 5, 7, 0]
    for p in seen[1:]:
        assert p.left == pytest.approx((30 - p.cost_done) * p.elapsed / (p.cost_done - 10))
    assert all(a.done <= b.done for a, b in pairwise(seen))


def test_an_expected_speed_tells_the_time_left_until_the_runs_own_is_known(store: Store) -> None:
    tally = _Tally([], store, 2.0)
    assert tally._time_for(600.0, 0.0, 0.0) == 300.0
    assert tally._time_for(600.0, 4e6, 1e6) == pytest.approx(150.0, rel=1e-3)
    assert tally._time_for(600.0, 4 * SETTLED, SETTLED) == pytest.approx(200.0)


def test_results_of_another_run_count(store: Store, folder: Path) -> None:
    works = [Toy.make(store, folder, (1,), does={1: "hold"}), Toy.make(store, folder, (0,))]

    def other_run(progress: Progress) -> None:
        if not made(folder):
            works[1].run(Store(store.folder))
        if progress.done == 1:
            assert progress.last == "toy 0"
            (folder / "go").touch()

    ended = in_threads(works, store, workers=1, progress=other_run)
    assert (ended.done, ended.failures) == (2, ())
    assert made(folder) == {0: 1, 1: 1}


def test_a_corrupt_entry_is_computed_again(store: Store, folder: Path) -> None:
    works = [Toy.make(store, folder, (0, 1))]
    in_threads(works, store)
    path = next(store.folder.glob(f"results/*/*/{works[0].keys[1]}.json"))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.warns(UserWarning, match="truncated"):
        ended = in_threads(works, store)
    assert (ended.reused, ended.done) == (1, 2)
    assert made(folder) == {0: 1, 1: 2}


def test_two_whole_runs_at_once_on_one_cache(store: Store, folder: Path, start: Start) -> None:
    shutil.rmtree(store.folder)  # so that they also make it at once
    works = [{"numbers": list(range(k, k + 5)), "size": 20_000} for k in range(0, 30, 5)]
    for process in [start(works, "threads"), start(works, "threads")]:
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
        ended = json.loads(output)
        assert (ended["done"], ended["failures"]) == (30, [])
    again = Store(store.folder)
    assert_whole(again, range(30), 20_000)
    assert [p for p in (store.folder / "unfinished").iterdir() if p.is_file()] == []


def test_a_store_that_fails_ends_the_run(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = [Toy.make(store, folder, (n,)) for n in range(20)]
    put = Store.put

    def full(self: Store, key: str, *rest: Any) -> None:
        if key == works[15].keys[0]:
            raise StoreError("disk is full")
        put(self, key, *rest)

    monkeypatch.setattr(Store, "put", full)
    with ThreadPoolExecutor(1) as executor, pytest.raises(StoreError, match="disk is full"):
        run(works, store, executor, progress=quiet)
    assert all(works[n].keys[0] in store for n in range(16, 20))
    assert 0 not in made(folder)  # what was pending is cancelled


def test_an_error_of_the_caller_cancels_what_is_pending(store: Store, folder: Path) -> None:
    works = [Toy.make(store, folder, (n,)) for n in range(20)]

    def fail(progress: Progress) -> None:
        if progress.done:
            raise ZeroDivisionError

    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        run(works, store, executor, progress=fail)
    assert 0 not in made(folder)


UNSHARE = ["unshare", "--mount", "--map-root-user", "sh", "-ec"]  # the mount ends with its process
FULL_DISK = """
mkdir -p "$1"; mount -t tmpfs -o size=700k tmpfs "$1"; shift
"$@" local || echo "status $?"
find "$CACHE/unfinished" -type f
mount -o remount,size=20m "$TMPFS"
"$@" threads
"""


def _can_mount(folder: Path) -> bool:
    script = 'mount -t tmpfs -o size=100k tmpfs "$1"'
    try:
        return subprocess.run([*UNSHARE, script, "sh", folder], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def test_a_full_disk_ends_a_run_and_with_more_room_it_resumes(tmp_path: Path, folder: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if not _can_mount(disk):
        pytest.skip("cannot mount a tmpfs: needs unshare and root or user namespaces")
    works = [{"numbers": [n, n + 1, n + 2, n + 3], "size": 60_000} for n in range(0, 16, 4)]
    environment = {**os.environ, "CACHE": str(disk / "cache"), "TMPFS": str(disk)}
    module = [
        sys.executable,
        "-m",
        "tests.reproduction.toy_works",
        str(disk / "cache"),
        str(folder),
    ]
    done = subprocess.run(
        [*UNSHARE, FULL_DISK, "sh", str(disk), *module, json.dumps(works)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    message, status, resumed = done.stdout.splitlines()  # so nothing was left unfinished
    assert "No space left on device" in message
    assert str(disk / "cache") in message
    assert status == "status 3"
    ended = json.loads(resumed)
    assert (ended["done"], ended["failures"]) == (16, [])
    assert 5 <= ended["reused"] < 12
    assert sum(count == 1 for count in made(folder).values()) >= ended["reused"]


def test_a_dask_worker_killed_in_the_middle_loses_nothing(store: Store, folder: Path) -> None:
    distributed = pytest.importorskip("distributed")
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

    cluster = distributed.LocalCluster(
        n_workers=2,
        processes=True,
        threads_per_worker=1,
        dashboard_address=None,
        local_directory=str(folder),
        silence_logs=50,
    )
    with cluster, dask_executor(cluster.scheduler_address) as executor:
        ended = run(works, store, executor, progress=kill_one)
    assert killed
    assert [f.label for f in ended.failures] == ["toy 5"]
    assert "must be liked" in ended.failures[0].message
    assert made(folder) == dict.fromkeys(range(6), 1)
    assert_whole(store, range(6))


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
