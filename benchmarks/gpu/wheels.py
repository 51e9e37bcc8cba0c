"""Packages that this machine lacks, installed without a network from wheels that came along."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

NAMES = Path(__file__).with_name("wheels.txt")
FOLDER = Path(".whl")
"""Where `make gpu-wheels` puts them."""


def needed() -> list[str]:
    """The packages that the wheels bring."""
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def missing(names: list[str]) -> list[str]:
    """Those of the packages that are not installed."""
    installed = {_plain(one.metadata["Name"]) for one in metadata.distributions()}
    return [name for name in names if _plain(name) not in installed]


def install(folder: Path, target: Path) -> None:
    """Install every wheel in `folder` to `target`: all, so that their versions go together.

    Raises `OSError` if there is none, or pip refuses one, with what it says.
    """
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise OSError(f"no wheels in {folder}; `make gpu-wheels`, where there is a network")
    options = ["--quiet", "--no-index", "--no-deps", "--no-compile", "--no-cache-dir"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
    done = subprocess.run(
        [*command, *map(str, wheels)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(f"pip: {done.stderr.strip()}")


def _plain(name: str) -> str:
    """A package's name as pip compares it."""
    return re.sub("[-_.]+", "-", name).lower()
