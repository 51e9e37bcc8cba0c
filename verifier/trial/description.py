"""Plain data that decides a draw: to JSON and back, and the seed that follows from a hash of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cached_property
from typing import Any, ClassVar, Self

import torch

from verifier.data.distributions import Data
from verifier.errors import InputError, as_float, require, require_count
from verifier.model.losses import Loss, named_loss


def seed_of(*key: Any) -> int:
    """A 63-bit seed from a hash of plain data."""
    text = json.dumps(list(key), sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


_SEEDS = 1 << 32
"""How many seeds a generator may tell apart: torch's on the CPU reads 32 bits."""
_STRIDE = 0x9E3779B1
"""Odd, so that its multiples meet all of them; and no small multiple is near another."""


def seed_of_draw(seed: int, index: int) -> int:
    """The seed of draw number `index` among those of `seed`; the first is `seed` itself.

    No two of them agree in their last 32 bits, as two hashes may: such seeds would be one draw. Nor
    are they neighbours, in case a code takes `seed + 1` for something else.
    """
    return seed - seed % _SEEDS + (seed + index * _STRIDE) % _SEEDS


DTYPES = {"float64": torch.float64, "float32": torch.float32}


class Described:
    """A frozen dataclass of plain data with the fields below; its fields of some kinds by name.

    `_STEPS`: sequences of step sizes. `_TUPLES`: all sequences. `_FLOATS`: numbers, or None.
    `_COUNTS`: whole numbers of at least one. `_TRUTHS`: true or false. `_LATER`: told only where
    it is not its default, so that what was described before is drawn as it was.
    """

    _STEPS: ClassVar[tuple[str, ...]] = ()
    _TUPLES: ClassVar[tuple[str, ...]] = ()
    _FLOATS: ClassVar[tuple[str, ...]] = ()
    _COUNTS: ClassVar[tuple[str, ...]] = ()
    _TRUTHS: ClassVar[tuple[str, ...]] = ()
    _LATER: ClassVar[tuple[str, ...]] = ()

    data: Data
    loss: str
    loss_constants: tuple[tuple[str, float], ...]
    dtype: str

    def __post_init__(self) -> None:
        # 1 and 1.0 are equal, so they must stand for the same draw
        for name in self._FLOATS:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, as_float(name, getattr(self, name)))
        for name in self._STEPS:
            if isinstance(getattr(self, name), tuple | list):
                object.__setattr__(
                    self, name, tuple(as_float("steps", eta) for eta in getattr(self, name))
                )
        object.__setattr__(
            self, "loss_constants", tuple((str(k), as_float(k, v)) for k, v in self.loss_constants)
        )
        require(isinstance(self.data, Data), "data", self.data, "must be a Data description")
        for name in self._COUNTS:
            require_count(name, getattr(self, name))
        for name in self._TRUTHS:
            value = getattr(self, name)
            require(isinstance(value, bool), name, repr(value), "must be true or false")
        require(self.dtype in DTYPES, "dtype", repr(self.dtype), f"must be one of {list(DTYPES)}")
        _ = self.loss_function  # raises for a bad loss

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype in which the implementation computes."""
        return DTYPES[self.dtype]

    @property
    def loss_function(self) -> Loss:
        """The training loss."""
        return named_loss(self.loss, **dict(self.loss_constants))

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` returns an equal description."""
        plain: dict[str, Any] = json.loads(self._text)
        return plain

    @cached_property
    def _text(self) -> str:  # asked for by every statement and every replicate
        told: dict[str, Any] = asdict(self)  # type: ignore[call-overload]
        for name in self._LATER:
            if told[name] == getattr(type(self), name):
                del told[name]
        return json.dumps(told)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Self:
        """What `to_json` (or its JSON text) described; raises `InputError`."""
        try:
            fields = dict(record)
            data = dict(fields.pop("data"))
            data["points"] = tuple(tuple(p) for p in data.get("points", ()))
            for name in cls._TUPLES:
                fields[name] = tuple(fields[name])
            constants = fields.get("loss_constants", ())
            fields["loss_constants"] = tuple((str(k), float(v)) for k, v in constants)
            return cls(data=Data(**data), **fields)  # type: ignore[call-arg]
        except InputError:
            raise
        except (KeyError, TypeError, ValueError) as problem:
            raise InputError(
                "configuration", problem, f"must hold a {cls.__name__}'s fields"
            ) from None

    def seed(self, run_seed: int, replicate: int = 0) -> int:
        """A 63-bit seed from a hash of this description and the run-level seed, and `replicate`."""
        return seed_of_draw(seed_of(run_seed, self.to_json()), replicate)
