"""The suite's own options of pytest."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from verifier.suite.selection import ALL, NONE, THIRD
from verifier.trial.description import DTYPES


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's own options."""
    group = parser.getgroup("verifier", "theory of learning from adversarial perturbations")
    with suppress(ValueError):  # `pytest benchmarks properties`: declared already, and the same
        group.addoption("--implementation", metavar="PKG.MOD:NAME", help="training code to check")
    group.addoption(
        "--statement",
        action="append",
        metavar="ID",
        help="run this statement alone, with its negative controls; may be given several times",
    )
    group.addoption(
        "--statements",
        action="store_true",
        help="at the end, list every statement, not only those that are not supported",
    )
    group.addoption(
        "--chapter",
        action="append",
        default=[],
        metavar="PKG.MOD:NAME",
        help="a chapter of your own statements, to run beside the others",
    )
    group.addoption(
        "--controls",
        choices=(ALL, THIRD, NONE),
        help="negative controls to try: all, a third of each statement's, by the run's seed, or "
        "none (default: a third; all with --statement, and in the deep and nightly profiles)",
    )
    group.addoption(
        "--isolate",
        action="store_true",
        help="call the training code in a process of its own, with limits of time and memory",
    )
    group.addoption(
        "--expected",
        type=Path,
        metavar="FILE",
        help="a verifier.toml with deviations that are expected of the code",
    )
    group.addoption("--device", default="cpu", help="torch device, e.g. cuda (default: cpu)")
    group.addoption(
        "--dtype", choices=tuple(DTYPES), help="draw this floating-point type alone (default: both)"
    )
    group.addoption("--run-seed", type=int, default=0, help="seed of the whole run (default: 0)")
    group.addoption("--images", type=Path, help="folder with mnist/ or fashion-mnist/ IDX files")
    group.addoption(
        "--evidence", type=Path, help="folder for the evidence (default: .verifier/runs/TIME)"
    )
