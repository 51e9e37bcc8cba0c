"""What is the same for a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What is the same for a whole run: seed, device, folder of real images."""

    run_seed: int = 0
    device: str = "cpu"
    images: Path | None = None
