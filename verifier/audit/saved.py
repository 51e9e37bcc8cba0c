"""A finished run in the theory's terms, from whatever names its arrays were saved under."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from verifier.audit.artefacts import Found, read
from verifier.errors import InputError, require
from verifier.model.losses import named_loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe

NAMES = {
    "W0": "hidden weights before training, (m, d)",
    "b0": "hidden biases before it, (m,); left out if there are none",
    "a": "readout, (m,), with 1/sqrt m in front of the sum",
    "W": "hidden weights after training",
    "b": "hidden biases after it",
    "X": "training samples, (N, d)",
    "y": "labels of -1 and +1, (N,)",
    "z": "points to look at, (P, d); by default some like the samples",
    "slope": "of the leaky ReLU; 0 is ReLU",
    "loss": "identity, logistic, exponential",
    "steps": "step sizes, one for each step",
    "momentum": "of torch's SGD; by default 0",
    "r": "perturbations, (N, d)",
    "targets": "what they aim at, -1 and +1, (N,)",
    "eps": "how long they are",
    "attack": "L2, Linf, ...: the norm of eps; by default L2",
    "g_W0": "of the network trained on perturbations, as above",
    "g_b0": "",
    "g_a": "",
    "g_W": "",
    "g_b": "",
    "g_steps": "its step sizes",
    "scenario": "a: g learns from r alone; b: from X + r",
}
"""What an audit reads, by its own names."""

TEXTS = ("loss", "attack", "scenario")
NUMBERS = ("slope", "momentum", "eps")

MAPPING = "audit.toml"


@dataclass(frozen=True)
class Saved:
    """What was found of a run: `arrays`, `numbers` and `texts` by the names in `NAMES`.

    Arrays are tensors in the coarsest floating-point type of the weights: `dtype`.
    """

    arrays: Mapping[str, Tensor]
    numbers: Mapping[str, float]
    texts: Mapping[str, str]
    dtype: torch.dtype

    @classmethod
    def load(cls, path: Path, mapping: Path | None = None) -> Saved:
        """The run in a file or folder; `mapping` says under which names. Raises `InputError`.

        A folder may hold its mapping, `audit.toml`. Its table `names` has for each of `NAMES` what
        it was saved as; its table `run` the values that no file holds.
        """
        found = read(path)
        inside = path / MAPPING
        mapping = mapping or (inside if path.is_dir() and inside.exists() else None)
        is_scaled = False
        if mapping is not None:
            found, is_scaled = _renamed(found, mapping)
        known = {name: value for name, value in found.items() if name in NAMES}
        own = f"none of {', '.join(NAMES)}: a mapping, {MAPPING}, says which is which"
        require(bool(known), "run", path, f"holds {_few(found)}, {own}")
        return _saved(known, is_scaled)

    def has(self, *names: str) -> bool:
        """Whether all of them were found."""
        return not self.missing(names)

    def missing(self, names: tuple[str, ...]) -> list[str]:
        """Those of the names that were not."""
        found = {*self.arrays, *self.numbers, *self.texts}
        return [name for name in names if name not in found]

    def network(self, prefix: str = "", end: str = "") -> Parameters:
        """The network named with a prefix ("" or "g_") before training (`end` "0") or after it."""
        W = self.arrays[f"{prefix}W{end}"]
        b = self.arrays.get(f"{prefix}b{end}", torch.zeros_like(W[:, 0]))
        return Parameters(W, b, self.arrays[f"{prefix}a"])

    @cached_property
    def has_biases_trained(self) -> bool:
        """Whether any bias moved."""
        before, after = self.network(end="0").b, self.network().b
        return not torch.equal(before, after)

    def recipe(self, steps: str = "steps") -> Recipe:
        """How f, or g, was trained."""
        etas = tuple(self.arrays[steps].double().tolist())
        momentum = self.numbers.get("momentum", 0.0)
        loss = named_loss(self.texts["loss"])
        return Recipe(etas, loss, self.numbers["slope"], momentum, self.has_biases_trained)

    @cached_property
    def points(self) -> Tensor:
        """`z`, or six points that are as the samples are, (P, d)."""
        if "z" in self.arrays:
            return self.arrays["z"]
        X = self.arrays["X"]
        generator = torch.Generator(device="cpu").manual_seed(0)
        noise = torch.randn(6, X.shape[1], generator=generator, dtype=torch.float64, device="cpu")
        spread = X.double().std() if X.numel() > 1 else X.double().abs().max()
        return (X.double().mean(dim=0) + noise * spread).to(X.dtype)


def _few(found: Found) -> str:
    names = list(found)[:8]
    return ", ".join(names) + (", ..." if len(found) > len(names) else "")


def _renamed(found: Found, mapping: Path) -> tuple[Found, bool]:
    """What was found, by the names that a mapping gives, and whether the readout is scaled."""
    try:
        told = tomllib.loads(mapping.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise InputError("names", mapping, f"must be TOML: {problem}") from None
    for table in told:
        require(table in ("names", "run"), "names", repr(table), "must be the table names or run")
    names, run = (told.get(table, {}) for table in ("names", "run"))
    require(isinstance(names, dict) and isinstance(run, dict), "names", mapping, "must be tables")
    values = dict(run)
    is_scaled = values.pop("is_scaled", False)
    require(isinstance(is_scaled, bool), "run.is_scaled", repr(is_scaled), "must be true or false")
    for name in (*names, *values):
        require(name in NAMES, "names", repr(name), f"must be one of {', '.join(NAMES)}")
    for name, stored in names.items():
        rule = f"must be one of {_few(found)}"
        require(isinstance(stored, str) and stored in found, f"names.{name}", repr(stored), rule)
        values[name] = found[stored]
    own = {name: value for name, value in found.items() if name in NAMES}
    return own | values, is_scaled


def _saved(known: Found, is_scaled: bool) -> Saved:
    texts = {name: str(known[name]) for name in TEXTS if name in known}
    numbers = {name: _number(name, known[name]) for name in NUMBERS if name in known}
    rest = [name for name in known if name not in TEXTS and name not in NUMBERS]
    arrays = {name: _array(name, known[name]) for name in rest}
    weights = [arrays[name].dtype for name in ("W0", "W") if name in arrays]
    dtype = torch.float32 if torch.float32 in weights else torch.float64
    arrays = {
        name: value if name.endswith("steps") else value.to(dtype) for name, value in arrays.items()
    }
    for name in ("a", "g_a"):
        if name in arrays:
            arrays[name] = arrays[name].reshape(-1)
            scale = math.sqrt(len(arrays[name])) if is_scaled else 1.0
            arrays[name] = arrays[name] * scale
    _require_shapes(arrays)
    return Saved(arrays, numbers, texts, dtype)


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(name, repr(value)[:80], "must be a number") from None


def _array(name: str, value: Any) -> Tensor:
    try:
        found = torch.as_tensor(np.array(value))
    except (TypeError, ValueError):
        found = torch.empty(0, dtype=torch.bool)
    kind = found.dtype
    good = kind in (torch.float64, torch.float32) or kind in (torch.int64, torch.int32)
    require(good and found.numel() > 0, name, kind, "must hold numbers of 32 or 64 bits")
    found = found if found.dtype.is_floating_point else found.double()
    require(bool(torch.isfinite(found).all()), name, "NaN or infinity", "must be finite")
    return found


def _require_shapes(arrays: Mapping[str, Tensor]) -> None:
    """Raise `InputError` unless the arrays fit each other."""
    sizes: dict[str, int] = {}
    for name, value in arrays.items():
        wanted = SHAPES[name]
        rule = f"must have the shape ({', '.join(wanted)})"
        require(value.ndim == len(wanted), f"{name}.shape", tuple(value.shape), rule)
        for letter, size in zip(wanted, value.shape, strict=True):
            known = sizes.setdefault(letter, size)
            said = f"{rule} with {letter} = {known}, as the others have it"
            require(size == known, f"{name}.shape", tuple(value.shape), said)
    for name in ("y", "targets"):
        if name in arrays:
            good = bool((arrays[name].abs() == 1).all())
            require(good, name, arrays[name].unique()[:4].tolist(), "labels must be -1 or +1")


SHAPES = {
    **dict.fromkeys(("W0", "W"), ("m", "d")),
    **dict.fromkeys(("b0", "a", "b"), ("m",)),
    **dict.fromkeys(("g_W0", "g_W"), ("k", "d")),
    **dict.fromkeys(("g_b0", "g_a", "g_b"), ("k",)),
    **dict.fromkeys(("X", "r"), ("N", "d")),
    **dict.fromkeys(("y", "targets"), ("N",)),
    "z": ("P", "d"),
    "steps": ("K",),
    "g_steps": ("L",),
}
