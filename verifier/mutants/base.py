"""What a negative control is: something broken, and the claims that must notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from verifier.implementation import Reference
from verifier.trial import Theory


@dataclass(frozen=True)
class Mutant:
    """A broken implementation under the true theory, or an altered statement under the reference.

    `name`: short and unique. `what`: the error in one line. `refuted_by`: ids of the claims whose
    checks must refute it. `implementation`: makes the code under test. `theory`: its formulas.
    """

    name: str
    what: str
    refuted_by: tuple[str, ...]
    implementation: Callable[[], Any] = Reference
    theory: Theory = field(default_factory=Theory)
