"""What is under test: a code, under a theory, in the settings of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.kernel.phi import phi
from verifier.trial.settings import Settings
from verifier.trial.supports import Supports
from verifier.trial.theory import Theory


@dataclass(eq=False)
class Subject:
    """An implementation (the reference, unless another is given), its theory, and the settings.

    `kept`: results that do not depend on the theory, shared by every check of this subject and of
    others with the same implementation and settings. `code`: the implementation, validated once.
    `supports`: what may be drawn for it. Raises `InputError` if it offers no function.
    """

    implementation: Any = field(default_factory=Reference)
    theory: Theory = field(default_factory=Theory)
    settings: Settings = field(default_factory=Settings)
    kept: dict[Any, Any] = field(default_factory=dict)
    code: Checked = field(init=False)
    supports: Supports = field(init=False)

    def __post_init__(self) -> None:
        self.code = Checked(self.implementation)
        self.supports = Supports.of(self.implementation).only(self.settings.dtype)

    def phi(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        """`Phi(z, x_n)`, (P, N), by the implementation if it offers a kernel, else closed form."""
        return (self.code.kernel if "kernel" in self.code.offered else phi)(z, X, slope)
