"""What was checked, as Python that can be pasted: every field that is not its default, once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from verifier.errors import InputError
from verifier.statements import STATEMENTS, PathwiseStatement
from verifier.trial.experiment import Experiment


def pasteable(statement: str, described: Mapping[str, Any]) -> str:
    """The configuration or experiment that plain data describe; as JSON where it cannot be read.

    >>> from verifier import Configuration, Data
    >>> c = Configuration(Data("gaussian", 3, 4), 2, 0.0, True, (1.0,), (1.0,), 0.5, "a")
    >>> pasteable("E1", c.to_json())  # doctest: +ELLIPSIS
    "Configuration(data=Data(family='gaussian', dimension=3, samples=4), width=2, ...)"
    """
    found = STATEMENTS.get(statement)
    read = found.inputs.read if isinstance(found, PathwiseStatement) else Experiment.from_json
    fields = {name: value for name, value in described.items() if name not in ("draw", "found")}
    try:
        text = as_python(read(fields))
    except (InputError, AttributeError):
        return json.dumps(dict(described))
    return f"{text}, with arrays of its own" if "draw" in described else text


def as_python(value: Any) -> str:
    """An expression that makes an equal value, given the names of its classes."""
    if not is_dataclass(value) or isinstance(value, type):
        if isinstance(value, tuple) and any(map(is_dataclass, value)):
            return f"({', '.join(map(as_python, value))},)"
        return repr(value)
    told = [f for f in fields(value) if f.init and getattr(value, f.name) != _default(f)]
    named = (f"{f.name}={as_python(getattr(value, f.name))}" for f in told)
    return f"{type(value).__name__}({', '.join(named)})"


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
