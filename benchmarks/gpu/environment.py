"""Where a run takes place, as plain data: versions, the card, and what decides how it multiplies.

`python -m benchmarks.gpu.environment cuda` prints it; status 1 if the device cannot be used. In a
process of its own, so that the one which starts the stages needs no torch.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from typing import Any

import torch

from benchmarks.gpu.stages import PINNED, REMOVED
from benchmarks.gpu.wheels import needed


def environment(device: str) -> dict[str, Any]:
    """Versions, the card of `device` and the modes that a stage begins with."""
    torch.zeros((), device=device)
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "packages": _versions(["numpy", "scipy", "matplotlib", *needed()]),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "commit": _said("git", "describe", "--always", "--dirty"),
        "tree": _said("git", "rev-parse", "--short", "HEAD^{tree}"),
        **(_card(device) if device.startswith("cuda") else {}),
        "modes": modes(),
    }


def modes() -> dict[str, Any]:
    """What decides about TF32 and about repeatable sums, as torch has it here."""
    return {
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        "cuda.matmul.allow_tf32": torch.backends.cuda.matmul.allow_tf32,
        "cudnn.allow_tf32": torch.backends.cudnn.allow_tf32,
        "cudnn.deterministic": torch.backends.cudnn.deterministic,
        "cudnn.benchmark": torch.backends.cudnn.benchmark,
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        **{name: os.environ.get(name) for name in (*PINNED, *REMOVED)},
    }


def _card(device: str) -> dict[str, Any]:
    found = torch.cuda.get_device_properties(device)
    query = ["--query-gpu=driver_version", "--format=csv,noheader"]
    return {
        "cuda": torch.version.cuda,
        "driver": _said("nvidia-smi", *query).splitlines()[0],
        "card": found.name,
        "capability": f"{found.major}.{found.minor}",
        "multiprocessors": found.multi_processor_count,
        "memory_bytes": found.total_memory,
        "l2_bytes": getattr(found, "L2_cache_size", None),
    }


def _versions(names: list[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _said(*command: str) -> str:
    """What a command prints; "unknown" if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return "unknown" if done.returncode else done.stdout.strip()


def main(device: str) -> int:
    """Print it as JSON."""
    try:
        print(json.dumps(environment(device)))
    except (RuntimeError, AssertionError) as problem:
        print(f"{device} cannot be used here: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
