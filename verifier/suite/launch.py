"""A run of the suite, from any folder, by the command `verifier run`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import pytest

from verifier.evidence.source import properties
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
from verifier.suite.kit import Kit
from verifier.suite.levels import LEVELS, Level
from verifier.suite.watching import Watch

SEARCHES = ("test_exact.py::test_random_configurations", "test_implications.py")
"""All of a quick run, which is over before other processes would have started."""

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
) -> int:
    """Run the suite, or its properties of some `statements`; the exit status of the command.

    `options` are pytest's and the suite's own, after those of the `level`. `show` takes a line that
    says how far the run is. `kit`: what it leaves for CI; worse than its baseline is as bad as
    refuted.
    """
    kit = kit or Kit()
    kit.require_usable()
    names = [REGISTRY.statement(name).id for name in statements]
    watch = Watch(show)
    arguments = [*_standing(), *_places(names, LEVELS[level]), *_amount(LEVELS[level]), *options]
    found = pytest.main(arguments, [watch])
    if found == pytest.ExitCode.NO_TESTS_COLLECTED:
        print(f"verifier: none of the suite's tests is selected by {_told(names, options)}")
    is_as_good = watch.record.folder is None or kit.leave(watch.record)
    status = OF_PYTEST.get(pytest.ExitCode(found)) or _status(watch, bool(names))
    return status or (HELD if is_as_good else FAILED)


def _standing() -> list[str]:
    """What makes a run the same in every folder: no settings of whatever project is around it."""
    here = f"--rootdir={properties().parent}"
    quiet = ("-q", "-rN", "-o", "console_output_style=classic", "-p", "no:cacheprovider")
    loaded = "ignore::pytest.PytestAssertRewriteWarning"  # the suite is, before pytest starts
    return ["-c", os.devnull, here, "--import-mode=importlib", *quiet, "-W", loaded]


def _places(names: list[str], level: Level) -> list[str]:
    """Where the tests are, and of which statements."""
    searches = (*SEARCHES, "test_statistics.py") if names else SEARCHES
    places = [properties() / place for place in searches] if level.searches else [properties()]
    return [*map(str, places), *(f"--verifier-statement={name}" for name in names)]


def _amount(level: Level) -> list[str]:
    """How much is drawn, and which controls are tried."""
    return [f"--hypothesis-profile={level.profile}", f"--verifier-controls={level.controls}"]


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
