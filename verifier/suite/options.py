"""The suite's own options of pytest: long names that no other plugin has, and short ones."""

from __future__ import annotations

from argparse import ArgumentError
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from verifier.suite.selection import ALL, NONE, THIRD
from verifier.trial.description import DTYPES

OPTIONS: dict[str, dict[str, Any]] = {
    "implementation": {"metavar": "PKG.MOD:NAME", "help": "training code to check"},
    "statement": {
        "action": "append",
        "metavar": "ID",
        "help": "run this statement alone, with its negative controls; may be given several times",
    },
    "statements": {
        "action": "store_true",
        "help": "at the end, list every statement, not only those that are not supported",
    },
    "chapter": {
        "action": "append",
        "default": [],
        "metavar": "PKG.MOD:NAME",
        "help": "a chapter of your own statements, to run beside the others",
    },
    "controls": {
        "choices": (ALL, THIRD, NONE),
        "help": "negative controls to try: all, a third of each statement's, by the run's seed, or "
        "none (default: a third; all with --statement, and in the deep and nightly profiles)",
    },
    "isolate": {
        "action": "store_true",
        "help": "call the training code in a process of its own, with limits of time and memory",
    },
    "expected": {
        "type": Path,
        "metavar": "FILE",
        "help": "a verifier.toml with deviations that are expected of the code",
    },
    "device": {"default": "cpu", "help": "torch device, e.g. cuda (default: cpu)"},
    "dtype": {
        "choices": tuple(DTYPES),
        "help": "draw this floating-point type alone (default: both)",
    },
    "run-seed": {"type": int, "default": 0, "help": "seed of the whole run (default: 0)"},
    "images": {"type": Path, "help": "folder with mnist/ or fashion-mnist/ IDX files"},
    "evidence": {"type": Path, "help": "folder for the evidence (default: .verifier/runs/TIME)"},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare each as `--verifier-NAME`, and as `--NAME` where nobody else has that.

    `config.getoption("--verifier-NAME")` reads it in any case.
    """
    group = parser.getgroup("verifier", "theory of learning from adversarial perturbations")
    for name, told in OPTIONS.items():
        for flag in (f"--verifier-{name}", f"--{name}"):
            with suppress(ValueError, ArgumentError):  # declared already, here or elsewhere
                group.addoption(flag, dest=f"verifier_{name.replace('-', '_')}", **told)
