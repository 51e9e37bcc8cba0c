"""E1: weights and input gradient are their start plus a signed sum of training samples."""

from __future__ import annotations

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.identities.formulas import decomposition
from verifier.statements.statement import IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """E1 for the weights, the biases and the input gradient."""
    f, points = trial.f, trial.points
    theory = decomposition(trial, f)
    rounding = f.replay.rounding
    run = f.replay.run
    W, b = theory.final_weights()
    out.identity("w_i(T)", run.final.W, W, rounding.weight)
    out.identity("b_i(T)", run.final.b, b, rounding.bias)
    z = trial.z
    gradient = trial.input_gradient(f, points)
    out.identity("nabla f_T(z)", gradient, theory.input_gradient(z), rounding.input_gradient(z))


E1 = PathwiseStatement(
    id="E1",
    statement="nabla f_T(z) = xi_T(z) + sum_n y_n C_n(z) x_n, at any width",
    plain="An input gradient is the initial weights' part plus a weighted sum of samples.",
    kind=IDENTITY,
    source="paper, result 1",
    proof="docs/identities.md",
    rests_on=("E0",),
    carries=(paper.SIGNED_SUM, paper.ANY_DISTRIBUTION, paper.ANY_TIME_AND_LOSS, paper.ANY_NETWORK),
    needs=("train", "input_gradient"),
    latex=r"\nabla f_T(z) = \xi_T(z) + \sum_n y_n C_n(z) x_n",
    compare=check,
)
