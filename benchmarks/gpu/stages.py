"""The stages of a run: what each one starts, and how much of the time it may take."""

from __future__ import annotations

import math
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS = 590
"""That all takes at most, if not told otherwise."""
PACKING = 25.0
"""Seconds kept back for packing the results."""
PROCESSES = ("-n", "4")
"""That share a card in the tests, which leave it idle: their time is the host's."""
GRACE = 15.0
"""Seconds that a stage has to end after it was interrupted, before it is killed."""

PINNED = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
"""Set for all stages, so that cuBLAS gives the same sums in every run."""
TRIAL = "tests/reproduction/training/test_trusted.py"
"""Whether the card is trusted with what makes the figures' trainings fast."""
REMOVED = ("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "NVIDIA_TF32_OVERRIDE")
"""Not passed on to any stage: they would decide about TF32 over the suite's head."""


@dataclass(frozen=True)
class Stage:
    """`most`: seconds that it may take. Time that one stage leaves is for those after it."""

    name: str
    command: tuple[str, ...]
    most: float = math.inf

    @property
    def told(self) -> str:
        """The command as one would type it."""
        return shlex.join(["python", *self.command[1:]])

    def limit(self, left: float) -> float:
        """Seconds that it may take where so many are `left` for all."""
        return max(0.0, min(self.most, left - GRACE - PACKING))


def stages(device: str, folder: Path) -> list[Stage]:
    """All, in order; what they write for one another and for a reader goes to `folder`.

    On a CPU they are a trial, each a small part of the same.
    """
    cuda = device.startswith("cuda")
    shared = PROCESSES if cuda else ()
    tests = ["tests", "-k", "cuda", "--continue-on-collection-errors", *shared]
    trial = [TRIAL, "-k", "cuda"]
    if not cuda:
        tests = ["tests/model", "tests/kernel", "-m", "not slow"]
        trial = [TRIAL]
    properties = ["--device", device, "--evidence", str(folder / "evidence"), *shared]
    timings = [f"--benchmark-json={folder / 'bench.json'}"]
    figures = ["--device", device, "--scale", "paper" if cuda else "smoke"]
    return [
        Stage("tests", _pytest(*tests), 80.0),
        Stage(
            "properties", _pytest("properties", "--hypothesis-profile", "quick", *properties), 210.0
        ),
        Stage(
            "benchmarks",
            _pytest("benchmarks", "-k", "cuda" if cuda else "cpu and cache", *timings),
            75.0,
        ),
        Stage("trial", _pytest(*trial), 35.0),
        Stage("figures", _python("benchmarks.gpu.figures", *figures, str(folder))),
    ]


def stage_environment(given: Mapping[str, str], paths: list[str]) -> dict[str, str]:
    """The environment variables of all stages; packages are found in `paths` first."""
    kept = {name: value for name, value in given.items() if name not in REMOVED}
    found = os.pathsep.join([*paths, *filter(None, [given.get("PYTHONPATH")])])
    return {**kept, **PINNED, "PYTHONPATH": found, "PYTHONUNBUFFERED": "1"}


def _pytest(*arguments: str) -> tuple[str, ...]:
    """One line for each test as soon as it has ended, by which they are counted."""
    return _python("pytest", *arguments, "-v", "--color=no", "-p", "no:cacheprovider")


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
