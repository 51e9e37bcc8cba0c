"""`verifier.pytest`: one statement on a user's code, in one line of a user's own test."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from verifier.errors import NotComparable
from verifier.evidence.evidence import Evidence
from verifier.report.finding import Finding
from verifier.suite.checking import search
from verifier.suite.ending import Refuted
from verifier.trial.settings import Settings

__all__ = ["check"]

USUAL = {"level": "quick", "run_seed": 0, "device": "cpu", "dtype": None}
"""Where pytest runs without the plugin."""


def check(code: Any, statement: str, level: str | None = None) -> Evidence:
    """Fail the test with the finding where the statement is refuted; the evidence where it holds.

    `code`: an implementation, or its class. `level`: how much is drawn, by default what
    `--verifier-level` says. Skips the test where nothing could be compared. Raises `InputError`.
    """
    __tracebackhide__ = True
    told = USUAL | getattr(sys.modules.get("pytest_verifier"), "told", {})
    settings = Settings(told["run_seed"], told["device"], dtype=told["dtype"])
    try:
        evidence, cause = search(code, statement, level or told["level"], settings)
    except NotComparable as reason:
        pytest.skip(str(reason))
    if not evidence.holds:
        raise Refuted(Finding(evidence, cause))
    return evidence
