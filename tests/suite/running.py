"""The suite as its users run it: `pytest properties/` in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from verifier.evidence.record import Record
from verifier.report.verdicts import rows

ROOT = Path(__file__).parents[2]
QUICK = ("--hypothesis-profile", "quick")
FAST = ("-k", "test_random_configurations", "--statement", "E1", "--statement", "E4", *QUICK)

OTHERS = (
    "verifier.implementations.torch_nn:TorchNN",
    "verifier.implementations.numpy_float64:NumpyFloat64",
)


def command_line(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of `verifier`."""
    command = [sys.executable, "-m", "verifier.cli", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def run(
    *arguments: str, folder: Path | None = None, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`pytest properties/`; evidence goes to `folder`, modules of one's own come from `path`."""
    command = [sys.executable, "-m", "pytest", "properties", "-q", "-p", "no:cacheprovider"]
    if folder is not None:
        command += ["--evidence", str(folder)]
    found = os.environ if path is None else os.environ | {"PYTHONPATH": f"{path}{os.pathsep}{ROOT}"}
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=found,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def by_statement(folder: Path) -> dict[str, str]:
    """The verdicts of a run that was kept in `folder`."""
    return {row.id: row.verdict for row in rows(Record.load(folder))}
