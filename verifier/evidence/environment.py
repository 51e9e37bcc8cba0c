"""What another machine must match to repeat a run."""

from __future__ import annotations

import platform
import subprocess

import numpy
import scipy
import torch


def environment() -> dict[str, str]:
    """Versions, processor and commit: what another machine must match to repeat the run."""
    try:
        command = ["git", "describe", "--always", "--dirty"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
        commit = done.stdout.strip() or "unknown"
    except OSError:
        commit = "unknown"
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "threads": str(torch.get_num_threads()),
        "commit": commit,
    }
