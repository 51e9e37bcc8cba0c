"""What is the same for a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from verifier.errors import require
from verifier.model.usable_device import usable_device
from verifier.trial.description import DTYPES


@dataclass(frozen=True)
class Settings:
    """What is the same for a whole run: seed, device, folder of real images, floating-point type.

    `dtype`: the only one that is drawn; None for every one that the code supports. Raises
    `InputError` for a device that cannot be used here, and for a type that is not known.
    """

    run_seed: int = 0
    device: str = "cpu"
    images: Path | None = None
    dtype: str | None = None

    def __post_init__(self) -> None:
        usable_device(self.device)
        known = self.dtype is None or self.dtype in DTYPES
        require(known, "dtype", repr(self.dtype), f"must be one of {', '.join(DTYPES)}")
