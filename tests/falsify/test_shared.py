"""A hunt by an executor finds what one machine finds, whatever becomes of its workers."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.cluster import two_workers
from verifier.cli import main
from verifier.evidence import source
from verifier.evidence.executors import dask_executor
from verifier.evidence.source import OtherCode
from verifier.evidence.tasks import ATTEMPTS
from verifier.falsify import shared
from verifier.falsify.search import Hunt
from verifier.falsify.shared import run_by
from verifier.falsify.told import result
from verifier.statements import REGISTRY
from verifier.trial.case import Case

FALSE = next(c.theory for c in REGISTRY.controls_of("D2") if c.name == "Qx-missing")
LATE = {"statement": "D2", "seed": 6, "theory": FALSE}
"""A hunt that is refuted, and not by its first restart."""


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few restarts ahead, and the threads of torch as they were."""
    monkeypatch.setattr(shared, "AHEAD", 6)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def quiet(hunt: Hunt) -> None:
    """Say nothing."""


def kept(hunt: Hunt) -> list[Any]:
    """All that is recorded of a hunt but its time."""
    found = [*hunt.best.values(), *([hunt.refutation] if hunt.refutation else [])]
    cases = [(f.witness(hunt.seed).to_json(), f.evidence.to_json()) for f in found]
    return [cases, hunt.restarts, hunt.steps, hunt.evaluations, hunt.rejected, hunt.lost]


@pytest.fixture(scope="module")
def alone() -> Hunt:
    """What one machine finds."""
    found = Hunt(**LATE).run(3600.0)
    assert found.refutation is not None
    assert found.restarts > 2
    return found


class Unruly(ThreadPoolExecutor):
    """Threads that end their tasks in any order; the first `deaths` tasks lose their worker."""

    def __init__(self, deaths: int = 0) -> None:
        super().__init__(3)
        self.deaths = deaths

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.deaths:
            self.deaths -= 1
            died: Future[Any] = Future()
            died.set_exception(BrokenProcessPool("died"))
            return died

        def late() -> Any:
            time.sleep(random.Random(args[1]).uniform(0, 0.05))
            return fn(*args, **kwargs)

        return super().submit(late)


@pytest.mark.parametrize("deaths", [0, 4])
def test_the_record_is_that_of_one_machine(alone: Hunt, deaths: int) -> None:
    with Unruly(deaths) as executor:
        by_others = run_by(executor, Hunt(**LATE), 3600.0, quiet)
    assert kept(by_others) == kept(alone)


def test_a_restart_that_kills_its_workers_is_named_and_the_others_go_on() -> None:
    class Deadly(Unruly):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.deaths = int(args[1] == 0)
            return super().submit(fn, *args, **kwargs)

    with Deadly() as executor:
        hunt = run_by(executor, Hunt(**LATE), 3600.0, quiet)
    assert hunt.refutation is not None
    assert hunt.lost == [f"restart 0: its worker died, {ATTEMPTS} times (died); out of memory?"]
    assert "lost       1 restarts" in "\n".join(result(hunt))


def test_a_hunt_whose_executor_is_gone_ends_and_says_why() -> None:
    with Unruly() as executor:
        executor.shutdown()
        hunt = run_by(executor, Hunt(**LATE), 3600.0, quiet)
    assert hunt.evaluations == 0
    assert len(hunt.lost) == hunt.restarts >= ATTEMPTS
    assert "RuntimeError: cannot schedule new futures after shutdown" in hunt.lost[0]


def test_the_budget_ends_it_and_one_restart_is_awaited() -> None:
    with Unruly() as executor:
        hunt = run_by(executor, Hunt("D2", slope=1.0), 1e-6, quiet)
    assert hunt.restarts >= 1
    assert hunt.refutation is None


def test_ctrl_c_keeps_what_was_found() -> None:
    def stop(hunt: Hunt) -> None:
        if hunt.restarts:
            raise KeyboardInterrupt

    with Unruly() as executor:
        hunt = run_by(executor, Hunt(**LATE), 3600.0, stop)
    assert hunt.interrupted
    assert hunt.restarts >= 1


def test_a_worker_with_other_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = iter(["of this run", *["of a worker"] * 10_000])
    monkeypatch.setattr("verifier.falsify.shared.source_hash", lambda: next(hashes))
    with Unruly() as executor, pytest.raises(OtherCode, match="has other code than this run"):
        run_by(executor, Hunt("D2"), 3600.0, quiet)
    told = OtherCode("there:7")
    again = told.__reduce__()
    assert str(again[0](*again[1])) == str(told)
    source.require_source(source.source_hash())


def test_the_command_shares_a_hunt_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = ["--workers", "2", "--executor", "tcp://127.0.0.1:9"]
    assert main(["falsify", "D2", "--budget", "1s", *both]) == 2
    assert "--workers = 2: is for local processes" in capsys.readouterr().err
    assert main(["falsify", "D2", "--budget", "1s", "--workers", "0"]) == 2


@pytest.mark.slow
def test_processes_of_this_machine_do_it_too(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    arguments = ["--budget", "1s", "--workers", "1", "--output", str(path)]
    assert main(["falsify", "D2", "--width", "2", *arguments]) == 0
    found = Case.load(path).found
    assert found is not None
    assert 0 < found["ratio"] <= 1 + 1e-9


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_loses_nothing(alone: Hunt, tmp_path: Path) -> None:
    killed = []

    def kill(hunt: Hunt) -> None:
        if not killed and kill_one():
            killed.append(hunt.restarts)

    with two_workers(tmp_path) as (address, kill_one), dask_executor(address) as executor:
        by_others = run_by(executor, Hunt(**LATE), 3600.0, kill)
    assert killed
    assert kept(by_others) == kept(alone)
