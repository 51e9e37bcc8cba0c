"""The pytest plugin of `verifier`: options for `verifier.pytest.check`.

A module of its own, since pytest loads every plugin, and torch takes seconds.
"""

from __future__ import annotations

from argparse import ArgumentError
from contextlib import suppress
from typing import Any

import pytest

told: dict[str, Any] = {}
"""What the options of the run that is going on say."""

OPTIONS: dict[str, dict[str, Any]] = {
    "level": {
        "choices": ("quick", "pr", "full"),
        "default": "quick",
        "help": "how much `verifier.pytest.check` draws (default: quick)",
    },
    "run-seed": {"type": int, "default": 0, "help": "seed of what is drawn (default: 0)"},
    "device": {"default": "cpu", "help": "torch device, e.g. cuda (default: cpu)"},
    "dtype": {
        "choices": ("float64", "float32"),
        "help": "draw this floating-point type alone (default: both)",
    },
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--verifier-NAME` for each of them."""
    group = parser.getgroup("verifier", "theory of learning from adversarial perturbations")
    for name, described in OPTIONS.items():
        with suppress(ValueError, ArgumentError):  # the suite's own run has declared it
            group.addoption(f"--verifier-{name}", dest=_dest(name), **described)


def pytest_configure(config: pytest.Config) -> None:
    """Remember what they say."""
    told.update({_dest(n).removeprefix("verifier_"): config.getoption(_dest(n)) for n in OPTIONS})


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget it."""
    told.clear()


def _dest(name: str) -> str:
    return f"verifier_{name.replace('-', '_')}"
