"""E2: the output of a trained network as a signed sum over the training samples."""

from __future__ import annotations

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.identities.formulas import decomposition
from verifier.statements.statement import IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """E2 at fresh points and at training samples."""
    f, points = trial.f, trial.points
    z = trial.z
    claimed = decomposition(trial, f).output(z)
    out.identity("f_T(z)", trial.output(f, points), claimed, f.replay.rounding.output(z))


E2 = PathwiseStatement(
    id="E2",
    statement="f_T(z) = f~(z) + sum_n y_n C_n(z) (<x_n, z> + beta)",
    plain="A trained network's output is a kernel sum over its training samples.",
    kind=IDENTITY,
    source="paper, result 1",
    proof="docs/identities.md",
    rests_on=("E1",),
    carries=(paper.ANY_DISTRIBUTION, paper.ANY_TIME_AND_LOSS, paper.ANY_NETWORK),
    needs=("train", "output"),
    latex=r"f_T(z) = \tilde{f}(z) + \sum_n y_n C_n(z) (\langle x_n, z \rangle + \beta)",
    compare=check,
)
