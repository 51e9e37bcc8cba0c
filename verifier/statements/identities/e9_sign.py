"""E9 (an example): every sample enters with its own label's sign, or not at all."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.control import Control
from verifier.statements.identities.formulas import Decomposition, decomposition
from verifier.statements.statement import CERTIFICATE, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """E9 at fresh points and at training samples."""
    z = trial.points.double()
    C = decomposition(trial, trial.f).coefficients(z)
    bound = trial.f.replay.rounding.coefficients().expand(len(z), -1)
    out.at_most("0 <= C_n(z)", torch.zeros_like(C), C, bound)


class Negated(Decomposition):
    def coefficients(self, z: Tensor) -> Tensor:
        return -super().coefficients(z)


class Centred(Decomposition):
    def coefficients(self, z: Tensor) -> Tensor:
        C = super().coefficients(z)
        return C - C.mean(dim=0)


CONTROLS = (
    Control("negated", "-C_n for C_n", ("E9",), altered={Decomposition: Negated}),
    Control("centred", "C_n less its mean over z", ("E9",), altered={Decomposition: Centred}),
)

E9 = PathwiseStatement(
    id="E9",
    statement="C_n(z) >= 0",
    kind=CERTIFICATE,
    source="an example",
    proof="docs/identities.md",
    carries=(paper.SIGNED_SUM,),
    needs=("train",),
    latex=r"C_n(z) \ge 0",
    compare=check,
)
