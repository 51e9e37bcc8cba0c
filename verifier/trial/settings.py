"""What is the same for a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from verifier.model.usable_device import usable_device


@dataclass(frozen=True)
class Settings:
    """What is the same for a whole run: seed, device, folder of real images.

    Raises `InputError` for a device that cannot be used here.
    """

    run_seed: int = 0
    device: str = "cpu"
    images: Path | None = None

    def __post_init__(self) -> None:
        usable_device(self.device)
