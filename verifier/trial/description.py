"""Plain data that decides a draw: to JSON and back, and the seed that follows from a hash of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cached_property
from typing import Any, ClassVar, Self

from verifier.data.distributions import Data
from verifier.errors import InputError


def seed_of(*key: Any) -> int:
    """A 63-bit seed from a hash of plain data."""
    text = json.dumps(list(key), sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


class Described:
    """A frozen dataclass of plain data with a field `data`; `_TUPLES` names its sequences."""

    _TUPLES: ClassVar[tuple[str, ...]] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` returns an equal description."""
        plain: dict[str, Any] = json.loads(self._text)
        return plain

    @cached_property
    def _text(self) -> str:  # asked for by every statement and every replicate
        return json.dumps(asdict(self))  # type: ignore[call-overload]

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
            rule = f"must hold a {cls.__name__}'s fields"
            raise InputError("configuration", problem, rule) from None

    def seed(self, run_seed: int, replicate: int = 0) -> int:
        """A 63-bit seed from a hash of this description, the run-level seed and `replicate`."""
        return seed_of(run_seed, self.to_json(), *([replicate] if replicate else []))
