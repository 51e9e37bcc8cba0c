"""Each task comes to its end, whatever becomes of its executor."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from verifier.evidence import tasks
from verifier.evidence.tasks import Tasks, problem_of


def test_a_task_that_its_executor_cancels_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """`wait` returns no future that is cancelled before it was begun."""
    monkeypatch.setattr(tasks, "POLL", 0.01)
    go_on = threading.Event()
    executor = ThreadPoolExecutor(1)
    all_of: Tasks[str, bool] = Tasks(executor)
    all_of.begin("begun", go_on.wait, 60)
    all_of.begin("waiting", go_on.wait, 60)
    executor.shutdown(wait=False, cancel_futures=True)
    ((name, future),) = all_of.ended()
    assert (name, problem_of(future)[:9]) == ("waiting", "cancelled")
    assert len(all_of) == 1
    go_on.set()
    executor.shutdown()
    ((name, future),) = all_of.ended()
    assert (name, future.result()) == ("begun", True)
