"""A run of the whole suite is shared out among processes, where pytest-xdist is installed.

Tests that use one another's draws, or networks, stay together in one process. What a test finds
does not depend on where it runs: every draw follows from the run's seed and its own description.
"""

from __future__ import annotations

import os

import pytest

from verifier.statements import STATISTICAL
from verifier.suite.drawing import size_of
from verifier.suite.selection import is_of_control, parameters, statement_of

MOST = 4
"""No run needs more processes: what must stay together is about a third of it."""


def is_whole(config: pytest.Config) -> bool:
    """Whether the run is of `properties/`, and leaves nothing of it out."""
    start = config.invocation_params.dir
    here = [(start / argument).resolve().name == "properties" for argument in config.args]
    options = ("-k", "-m", "deselect", "ignore", "ignore_glob", "maxfail", "lf", "--statement")
    return all(here) and not any(config.getoption(option, None) for option in options)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """A whole run takes the processors there are, unless it is told `-n`."""
    option = config.option
    if hasattr(config, "workerinput") or not hasattr(option, "numprocesses"):
        return  # one of several processes; no pytest-xdist
    if option.numprocesses is None and is_whole(config) and not option.usepdb:
        option.numprocesses = min(MOST, processors())
        option.numprocesses *= option.numprocesses > 1
    if option.numprocesses and option.dist == "no":
        option.dist = "loadgroup"
        option.loadscopereorder = False  # the longest group is among the first


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def keep_together(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell pytest-xdist, if this is one of its processes, which tests belong together."""
    if hasattr(config, "workerinput"):
        for item in items:
            item.add_marker(pytest.mark.xdist_group(group_of(item)))


def processes(config: pytest.Config) -> int:
    """How many processes share the run."""
    count: int = getattr(config, "workerinput", {}).get("workercount", 1)
    return count


def group_of(item: pytest.Item) -> str:
    """The name of the tests that stay together with this one.

    Statistical statements with the same experiment share its networks with one another and with
    their controls; searches of the same inputs share their trials; other tests their draws.
    """
    name = statement_of(item)
    if name in STATISTICAL:
        return _first_with_its_experiment(
            name, size_of(item.config.getoption("--hypothesis-profile"))
        )
    if is_of_control(item):
        return "controls"
    statement = parameters(item).get("statement")
    inputs = statement.inputs.name if statement else ""
    return f"{getattr(item, 'originalname', item.name)} {inputs}"


def _first_with_its_experiment(name: str, size: str) -> str:
    own = STATISTICAL[name].experiments[size][0]
    return next(other.id for other in STATISTICAL.values() if other.experiments[size][0] == own)
