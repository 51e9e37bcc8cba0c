"""A run of the suite, from any folder, by the command `verifier run`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager

import pytest

from verifier.report.verdicts import (
    DEVIATES,
    ERROR,
    NOT_APPLICABLE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
    rows,
    unsettled,
)
from verifier.statements import REGISTRY
from verifier.suite.asked import ALONE, Asked
from verifier.suite.kit import Kit
from verifier.suite.watching import Watch
from verifier.suite.workers import ByWorkers

HELD, FAILED, BAD_INPUT, UNTESTED, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 70, 130
"""Exit statuses of the command, which `verifier run --help` explains."""

OF_PYTEST = {
    pytest.ExitCode.INTERRUPTED: INTERRUPTED,
    pytest.ExitCode.INTERNAL_ERROR: INTERNAL,
    pytest.ExitCode.USAGE_ERROR: BAD_INPUT,
    pytest.ExitCode.NO_TESTS_COLLECTED: BAD_INPUT,
}


def run(
    statements: Sequence[str],
    level: str,
    options: Sequence[str],
    show: Callable[[str], None],
    kit: Kit | None = None,
    executor: AbstractContextManager[Executor] | None = None,
) -> int:
    """Run the suite, or its properties of some `statements`; the exit status of the command.

    `options` are pytest's and the suite's own, after those of the `level`. `show` takes a line that
    says how far the run is. `kit`: what it leaves for CI; worse than its baseline is as bad as
    refuted. `executor`: whose workers do the tests, instead of this machine.
    """
    kit = kit or Kit()
    kit.require_usable()
    names = [REGISTRY.statement(name).id for name in statements]
    watch = Watch(show)
    asked = Asked(names, level, options)
    if executor is None:
        found = pytest.main(asked.arguments(), [watch])
    else:
        with executor as there:
            found = pytest.main([*asked.arguments(), *ALONE], [watch, ByWorkers(there, asked)])
    if found == pytest.ExitCode.NO_TESTS_COLLECTED:
        print(f"verifier: none of the suite's tests is selected by {_told(names, options)}")
    is_as_good = watch.record.folder is None or kit.leave(watch.record)
    status = OF_PYTEST.get(pytest.ExitCode(found)) or _status(watch, bool(names))
    return status or (HELD if is_as_good else FAILED)


def _told(names: list[str], options: Sequence[str]) -> str:
    """What was asked for."""
    return " ".join([*names, *options]) or "this level"


def _status(watch: Watch, are_named: bool) -> int:
    """What the verdicts mean for a script; a whole run may leave out what does not apply."""
    found = [row for row in rows(watch.record) if row.verdict != NOT_RUN]
    verdicts = {row.verdict for row in found}
    if watch.failed or verdicts & {REFUTED, ERROR}:
        return FAILED
    is_open = unsettled(found) or not verdicts & {SUPPORTED, DEVIATES}
    return UNTESTED if is_open or (are_named and NOT_APPLICABLE in verdicts) else HELD
