"""A run whose tests are done by an executor's workers has the record of one machine."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cluster import two_workers
from tests.suite.running import ROOT, command_line
from verifier.cli import main
from verifier.evidence.record import Record
from verifier.evidence.source import OtherCode
from verifier.suite.workers import _groups, _take


def item(name: str) -> Any:
    return SimpleNamespace(nodeid=f"properties/test_exact.py::test_{name}", location=("", 0, name))


def session(*items: Any) -> tuple[Any, list[Any]]:
    """As far as it matters here, with what is reported to it."""
    reports: list[Any] = []
    hook = SimpleNamespace(
        pytest_runtest_logstart=lambda nodeid, location: None,
        pytest_runtest_logfinish=lambda nodeid, location: None,
        pytest_runtest_logreport=lambda report: reports.append(report),
        pytest_report_from_serializable=lambda config, data: SimpleNamespace(**data),
    )
    config = SimpleNamespace(hook=hook, getoption=lambda name: "quick")
    return SimpleNamespace(config=config, items=list(items)), reports


def failed(problem: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(problem)
    return future


def test_tests_that_share_draws_are_one_task() -> None:
    names = ("random_configurations[E1]", "every_rung[E1]", "random_configurations[E0]")
    found = _groups(session(*map(item, names))[0])
    assert sorted(len(group) for group in found) == [1, 2]


def test_what_loses_its_workers_fails_and_the_others_go_on() -> None:
    one, other = item("random_configurations[E1]"), item("random_configurations[E0]")
    run, reports = session(one, other)
    _take(run, [one], failed(BrokenProcessPool("died")))
    done: Future[Any] = Future()
    done.set_result([{"nodeid": other.nodeid, "outcome": "passed"}])
    _take(run, [other], done)
    assert [(r.nodeid, r.outcome) for r in reports] == [
        (one.nodeid, "failed"),
        (other.nodeid, "passed"),
    ]
    assert "its worker died" in str(reports[0].longrepr)


def test_a_worker_with_other_code_ends_the_run() -> None:
    run, _ = session()
    with pytest.raises(pytest.UsageError, match=r"there:7.*has other code"):
        _take(run, [], failed(OtherCode("there:7")))


def test_processes_and_an_executor_at_once_are_bad_input(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "E1", "--workers", "2", "--executor", "tcp://127.0.0.1:9"]) == 2
    assert "--workers = 2" in capsys.readouterr().err


@pytest.mark.very_slow
def test_a_killed_worker_of_a_cluster_loses_nothing(tmp_path: Path) -> None:
    chosen = ["run", "E4", "O3", "--level", "quick"]

    def told(name: str) -> list[str]:
        return ["--", "--evidence", str(tmp_path / name)]

    killed = False
    with two_workers(tmp_path) as (address, kill_one):
        command = [sys.executable, "-m", "verifier", *chosen, "--executor", address, *told("two")]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            time.sleep(0.2)
            killed = killed or kill_one()
    assert killed
    assert process.returncode == 0
    assert command_line(*chosen, *told("one")).returncode == 0
    one, two = ((tmp_path / name / "evidence.jsonl").read_text() for name in ("one", "two"))
    assert one == two
    alone, shared = (Record.load(tmp_path / name) for name in ("one", "two"))
    for name in ("rejected", "controls", "examples", "errors", "not_applicable", "causes", "state"):
        assert getattr(alone, name) == getattr(shared, name), name
    for record in (alone, shared):
        record.about.pop("started")
    assert alone.about == shared.about
