"""Reading what a run left: arrays by name, from files that are never executed.

A name inside a file's own dictionaries is joined by dots, as in `model.hidden.weight`; of a folder
each file's names come after its own, as in `before.hidden.weight` of `before.pt`.
"""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from verifier.errors import InputError, require

Found = dict[str, Any]
"""Arrays of NumPy, numbers and texts, by name."""

_WRONG = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
    RecursionError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
)
"""What the readers raise for files that are cut, foreign, or hold more than numbers."""

SAFETENSORS = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "BOOL": np.bool_,
}


def _npz(path: Path) -> Any:
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _torch(path: Path) -> Any:
    # never unpickles an object: a file could run anything while it is made
    return torch.load(path, map_location="cpu", weights_only=True)


def _safetensors(path: Path) -> Any:
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    found = {}
    for name, told in header.items():
        if name == "__metadata__":
            continue
        first, last = told["data_offsets"]
        kind = np.dtype(SAFETENSORS[told["dtype"]])
        part = data[start + first : start + last]
        found[name] = np.frombuffer(part, kind).reshape(told["shape"])
    return found


READERS: dict[str, Callable[[Path], Any]] = {
    ".npz": _npz,
    ".npy": lambda path: np.load(path, allow_pickle=False),
    ".pt": _torch,
    ".pth": _torch,
    ".safetensors": _safetensors,
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
}


def read(path: Path) -> Found:
    """Everything that a file, or each file of a folder, holds; raises `InputError`."""
    if not path.is_dir():
        return dict(_flat("", _file(path)))
    files = sorted(p for p in path.iterdir() if p.suffix in READERS)
    rule = f"must hold files of the kinds {', '.join(READERS)}"
    require(bool(files), "run", path, rule)
    return {name: value for file in files for name, value in _flat(file.stem, _file(file))}


def _file(path: Path) -> Any:
    rule = f"must end in one of {', '.join(READERS)}, or be a folder of such files"
    require(path.suffix in READERS, "run", path, rule)
    try:
        return READERS[path.suffix](path)
    except _WRONG as problem:
        first = str(problem).partition("\n")[0][:200]
        rule = f"must be a whole {path.suffix} file of arrays alone: {first}"
        raise InputError("run", path, rule) from None


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), part)
    elif isinstance(value, torch.Tensor):
        yield name, value.detach().cpu().numpy() if value.dtype != torch.bfloat16 else value
    else:
        yield name, value
