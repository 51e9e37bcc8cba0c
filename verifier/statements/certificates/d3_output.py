"""D3: how far the output can be from its prediction."""

from __future__ import annotations

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.certificates.attained import flipped
from verifier.statements.certificates.formulas import certificates
from verifier.statements.certificates.margins import output_margin, within
from verifier.statements.statement import CERTIFICATE, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """D3 at fresh points and at training samples."""
    f, points = trial.f, trial.points
    z, theory = trial.z, certificates(trial, f)
    trained, bound = trial.output(f, points), output_margin(f, theory, z)
    within(out, "f_T(z)", trained, theory.output_bound(z), bound)
    lhs = (trained - theory.lazy_output(z, trial.initial_output(f, points))).abs()
    out.at_most("|f_T - f_0 - prediction| <= E_f", lhs, theory.output_error(z), bound)


D3 = PathwiseStatement(
    id="D3",
    statement="f^- <= f_T <= f^+ by D1; |f_T - f_0 - P| <= E_f, P = (1/N) sum y_n tau_n K_inf",
    plain="Initial draw and effective times bound the output and its distance to the wide limit.",
    kind=CERTIFICATE,
    source="this project, sharpened",
    proof="docs/certificates.md",
    rests_on=("D1",),
    carries=(paper.ANY_DISTRIBUTION, paper.ANY_NETWORK),
    needs=("train", "output"),
    latex=r"|f_T(z) - f_0(z) - \frac{1}{N} \sum_n y_n \tau_n K_\infty(z,x_n)| \le E_f(z)",
    compare=check,
    is_hunted=True,
    attained=flipped,
)
