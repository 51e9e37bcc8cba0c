"""D2: how far the weight of a sample can be from its lazy value."""

from __future__ import annotations

from verifier.evidence.comparisons import Comparisons
from verifier.statements.certificates.formulas import certificates
from verifier.statements.certificates.margins import within
from verifier.statements.identities.formulas import decomposition
from verifier.statements.statement import ADDED, CERTIFICATE, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """D2 at fresh points and at training samples."""
    f, z = trial.f, trial.z
    C = decomposition(trial, f).coefficients(z)
    bound = f.replay.rounding.coefficients().expand(len(z), -1)
    within(out, "C_n", C, certificates(trial, f).lazy_coefficients(z), bound)


D2 = PathwiseStatement(
    id="D2",
    statement="(tau_n/N) K^-(z,x_n) <= C_n(z) <= (tau_n/N) K^+(z,x_n), K by D1's patterns",
    plain="Every sample's weight lies between two kernels of the initial draw.",
    kind=CERTIFICATE,
    source="this project, sharpened",
    proof="docs/certificates.md",
    rests_on=("D1", "E3"),
    carries=ADDED,
    needs=("train",),
    latex=r"\frac{\tau_n}{N} K^-(z,x_n) \le C_n(z) \le \frac{\tau_n}{N} K^+(z,x_n)",
    compare=check,
    is_hunted=True,
)
