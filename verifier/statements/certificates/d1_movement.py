"""D1: how far training can move a pre-activation, at its end and half way."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, as_double
from verifier.model.recipe import Recipe
from verifier.statements.certificates.formulas import certificates
from verifier.statements.certificates.margins import movement
from verifier.statements.control import Control
from verifier.statements.statement import ADDED, CERTIFICATE, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """D1 at the end of training and half way."""
    f, z = trial.f, trial.z
    steps = len(f.recipe.steps) // 2
    half = None
    if steps:
        half = as_double(trial.code.train(f.initial, f.X, f.y, f.recipe.prefix(steps)))
    movement(f, certificates(trial, f), half, z, out)


D1 = PathwiseStatement(
    id="D1",
    statement="u_i(z;T) - u_i(z;0) in (a_i/sqrt m) [Y_i^-(z), Y_i^+(z)]; similar at every step",
    plain="Pre-activations move no further than the initial draw allows.",
    kind=CERTIFICATE,
    source="this project, sharpened",
    proof="docs/certificates.md",
    rests_on=("E1",),
    carries=ADDED,
    needs=("train",),
    latex=r"\frac{a_i}{\sqrt{m}} Y_i^-(z) \le u_i(z;T) - u_i(z;0) \le "
    r"\frac{a_i}{\sqrt{m}} Y_i^+(z) \quad (a_i \ge 0)",
    compare=check,
    is_hunted=True,
)


class GoesOn(Reference):
    """Right once: another run from the same start goes on where the first has ended."""

    def __init__(self) -> None:
        self.ends: list[tuple[Parameters, Parameters]] = []

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # The network was made once, and is trained again
        started = (end for start, end in self.ends if all(map(torch.equal, start, params)))
        ended = super().train(next(started, params), X, y, recipe)
        self.ends.insert(0, (params.clone(), ended.clone()))
        return ended


CONTROLS = (Control("goes-on", "the second run goes on from the first", ("D1",), GoesOn),)
