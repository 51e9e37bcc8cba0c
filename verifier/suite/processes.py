"""A run of the whole suite is shared out among processes, where pytest-xdist is installed.

Tests that use one another's draws, or networks, stay together in one process. What a test finds
does not depend on where it runs: every draw follows from the run's seed and its own description.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.errors import InvalidArgument

from verifier.statements import PATHWISE, STATISTICAL
from verifier.suite.drawing import EXAMPLES, size_of

MOST = 4
"""No run needs more processes: what must stay together is about a third of it."""

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": 256 << 20, "MALLOC_TRIM_THRESHOLD_": 1 << 30}
"""Bytes up to which glibc keeps memory for the next array of the same size.

As it comes, it returns each large array's pages to the system, which clears them for the next one.
"""


def is_whole(config: pytest.Config) -> bool:
    """Whether the run is of `properties/`, and leaves nothing of it out."""
    start = config.invocation_params.dir
    here = [(start / argument).resolve().name == "properties" for argument in config.args]
    options = (
        "-k",
        "-m",
        "deselect",
        "ignore",
        "ignore_glob",
        "maxfail",
        "lf",
        "--verifier-statement",
    )
    return all(here) and not any(config.getoption(option, None) for option in options)


@pytest.hookimpl(wrapper=True)  # before pytest-xdist reads its own options
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Refuse a profile that nobody has registered, before Hypothesis asks for it; `share_out`."""
    name = config.getoption("--hypothesis-profile")
    try:
        settings.get_profile(name or "default")
    except InvalidArgument as problem:
        known = ", ".join(EXAMPLES)
        told = f"--hypothesis-profile = {name!r}: must be one of {known}"
        raise pytest.UsageError(told) from problem
    share_out(config)
    return (yield)


def share_out(config: pytest.Config) -> None:
    """A whole run takes the processors there are, unless it is told `-n`."""
    option = config.option
    if is_a_part(config) or not hasattr(option, "numprocesses"):
        return  # one of several processes; no pytest-xdist
    if option.numprocesses is None and is_whole(config) and not option.usepdb:
        option.numprocesses = min(MOST, processors())
        option.numprocesses *= option.numprocesses > 1
    if option.numprocesses and option.dist == "no":
        option.dist = "loadscope"
        option.loadscopereorder = False  # the longest group is among the first
    if option.numprocesses:
        for name, size in ALLOCATOR.items():
            os.environ.setdefault(name, str(size))  # read by the processes that are to start


def is_a_part(config: pytest.Config) -> bool:
    """Whether this process does some of a run's tests, of which another one reports."""
    return hasattr(config, "workerinput")


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """A quiet run whose output goes to a file says nothing of processes that start."""
    reporter: Any = config.pluginmanager.get_plugin("terminaldistreporter")
    if reporter is not None and config.option.verbose < 0:
        reporter.ensure_show_status = lambda: None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that belong together go to one process."""
    if config.getoption("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    size = size_of(config.getoption("--hypothesis-profile"))

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid, size)

    return Together(config, log)


def processes(config: pytest.Config) -> int:
    """How many processes share the run."""
    count: int = getattr(config, "workerinput", {}).get("workercount", 1)
    return count


def group_of(nodeid: str, size: str) -> str:
    """The name of the tests that stay together with this one; `size` of the experiments.

    Statistical statements with the same experiment share its networks with one another and with
    their controls; searches of the same inputs share their trials; other tests their draws.
    """
    function, _, parameters = nodeid.rpartition("::")[2].partition("[")
    name = re.split(r"[\]-]", parameters)[0]
    if name in STATISTICAL:
        return _first_with_its_experiment(name, size)
    if "negative_controls" in nodeid or name not in PATHWISE:
        return function
    return f"{function} {PATHWISE[name].inputs.name}"


def _first_with_its_experiment(name: str, size: str) -> str:
    own = STATISTICAL[name].experiments[size][0]
    return next(other.id for other in STATISTICAL.values() if other.experiments[size][0] == own)
