"""What `verifier init` writes, made into modules; and statements checked on a few draws."""

from __future__ import annotations

import types
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from verifier.data.distributions import Data
from verifier.errors import DivergedError, NotComparable
from verifier.implementations.starting import STARTS
from verifier.statements import PATHWISE
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject


def written(kind: str, *changes: tuple[str, str]) -> Any:
    """An instance of the adapter that `verifier init` writes, with changes of its text."""
    text = STARTS[kind].contents()["adapter.py"]
    for old, new in changes:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    module = types.ModuleType(f"adapter_of_{kind}")
    exec(text, vars(module))
    return module.Trainer()


SMALL = Configuration(
    Data("gaussian", 4, 6), 12, 0.3, True, (0.3, 0.1, 0.2), (0.2,), 0.7, "b", momentum=0.9
)
SETTINGS = (
    SMALL,
    replace(SMALL, slope=0.0, momentum=0.0, train_bias=False, scenario="a", loss="logistic"),
    replace(SMALL, loss="exponential", data=Data("gaussian", 7, 3), width=40, momentum=0.5),
    # samples so small that their gradients are, too
    replace(SMALL, data=Data("shifted", 3, 5, scale=1e-9), biases=False, train_bias=False),
)
"""Few, but what a loop or an attack may get wrong shows in one of them."""


def refuted(code: Any, statements: Iterable[str], dtype: str = "float64") -> set[str]:
    """Which of the statements are refuted in one of these settings; each must be tested there."""
    subject, found = Subject(code), set()
    for name in statements:
        statement, tested = PATHWISE[name], 0
        for configuration in SETTINGS:
            with suppress(DivergedError, NotComparable):
                configuration = replace(configuration, dtype=dtype)
                if not statement.check(configuration, subject).holds:
                    found.add(name)
                tested += 1
        assert tested > 1, name
    return found
