"""IDX files that tests write, and the messages that refuse some."""

from __future__ import annotations

import gzip
import re
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def idx_bytes(array: NDArray[np.uint8], kind: int = 0x08) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
    return header + array.tobytes()


GOOD = idx_bytes(np.arange(12, dtype=np.uint8).reshape(3, 2, 2))


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def write_part(
    folder: Path, labels: list[int], part: str = "train", suffix: str = "", seed: int = 0
) -> NDArray[np.uint8]:
    pixels = np.random.default_rng(seed).integers(0, 256, (len(labels), 28, 28), dtype=np.uint8)
    write(folder / f"{part}-images-idx3-ubyte{suffix}", idx_bytes(pixels))
    write(folder / f"{part}-labels-idx1-ubyte{suffix}", idx_bytes(np.array(labels, np.uint8)))
    return pixels


def refused(argument: object, value: str, rule: str) -> str:
    """The message of an InputError: the argument and the text of value and rule as given."""
    return f"^{re.escape(str(argument))} = .*{re.escape(value)}.*: .*{re.escape(rule)}"
