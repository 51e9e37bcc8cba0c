"""What a run of the suite was asked for, and the arguments of pytest that this means."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from verifier.evidence.source import properties
from verifier.suite.levels import LEVELS, Level

SEARCHES = ("test_exact.py::test_random_configurations", "test_implications.py")
"""All of a quick run, which is over before other processes would have started."""

ALONE = ("-p", "no:xdist")
"""For a process that shares its tests out otherwise, or is itself one that does a share."""


@dataclass(frozen=True)
class Asked:
    """The `statements` (ids; all if there are none), the level, and options of pytest after those.

    The same on every machine, wherever the package is installed there.
    """

    statements: Sequence[str]
    level: str
    options: Sequence[str]

    def arguments(self) -> list[str]:
        """Those of pytest, on this machine."""
        level = LEVELS[self.level]
        places = _places(list(self.statements), level)
        return [*_standing(), *places, *_amount(level), *self.options]


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
