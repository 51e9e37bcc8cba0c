"""The runner: whoever dies, whatever fails, nothing finished is lost or computed again."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.reproduction.runner.toy_works import (
    Toy,
    alive,
    assert_whole,
    executor_named,
    held,
    made,
    quiet,
    wait_until,
)
from verifier.reproduction.runner.progress import Ended, Progress
from verifier.reproduction.runner.runner import SETTLED, _Tally, run
from verifier.reproduction.runner.store import Store, StoreError

ROOT = Path(__file__).parents[3]
TWO_HOLD = [
    {"numbers": [0, 1, 2, 3], "does": {3: "hold"}},
    {"numbers": [4, 5], "does": {5: "hold"}},
]


def in_threads(works: list[Toy], store: Store, workers: int = 2, progress: Any = quiet) -> Ended:
    with ThreadPoolExecutor(workers) as executor:
        return run(works, store, executor, progress=progress)


def command(store: Store, folder: Path, works: list[dict[str, Any]], kind: str) -> list[str]:
    module = [sys.executable, "-m", "tests.reproduction.runner.toy_works"]
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.parametrize("workers", ["threads", pytest.param("local", marks=pytest.mark.slow)])
def test_a_point_that_fits_no_memory_is_a_failure_and_the_others_are_kept(
    workers: str, store: Store, folder: Path
) -> None:
    works = [
        Toy.make(store, folder, (0, 1, 9), does={9: "fill"}),
        Toy.make(store, folder, (2, 3)),
    ]
    with executor_named(workers) as executor:
        ended = run(works, store, executor, progress=quiet)
    (failure,) = ended.failures
    assert failure.label == "toy 0"
    assert failure.message == (
        "OutOfMemory: square ran out of memory: n = 9 in int takes up to 1.02e+03 GiB; "
        "there is room for n up to 7"
    )
    assert (ended.done, ended.total) == (4, 5)
    assert_whole(store, range(4))
    again = in_threads([Toy.make(store, folder, (0, 1, 9))], store)
    assert (again.reused, again.done, again.failures) == (2, 3, ())


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


@pytest.mark.slow
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


@pytest.mark.slow
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
        "tests.reproduction.runner.toy_works",
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
