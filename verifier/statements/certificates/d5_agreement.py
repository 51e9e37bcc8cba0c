"""D5: when f and g must agree in sign, the paper's main theorem."""

from __future__ import annotations

from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.certificates.attained import undecided
from verifier.statements.certificates.formulas import Agreement, Certificates, certificates
from verifier.statements.certificates.margins import output_margin
from verifier.statements.control import Control
from verifier.statements.inputs import WIDE
from verifier.statements.statement import IMPLICATION, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """D5 at fresh points, in the configuration's scenario."""
    f = trial.f
    g = trial.g
    points = trial.draw.z
    z = points.double()
    of_f, of_g = certificates(trial, f), certificates(trial, g)
    theory = trial.theory[Agreement](of_f, of_g)
    f_0, g_0 = trial.initial_output(f, points), trial.initial_output(g, points)
    premise = (
        theory.f_is_certain(z, f_0, output_margin(f, of_f, z))
        & theory.g_is_certain(z, g_0, output_margin(g, of_g, z))
        & theory.same_sign(z, f_0, g_0)
    )
    at_f, at_g = trial.output(f, points), trial.output(g, points)
    out.same_sign("sgn f(z) = sgn g(z)", at_f, at_g, premise)
    # the premise fixes both signs: outputs that are always 0, or always 1, agree too
    for name, its, start, end in (("f", of_f, f_0, at_f), ("g", of_g, g_0, at_g)):
        promised = its.lazy_output(z, start)
        out.same_sign(f"sgn {name}(z) = sgn({name}_0 + P_{name})(z)", end, promised, premise)


D5 = PathwiseStatement(
    id="D5",
    statement="if |f_0 + P_f| > E_f, |g_0 + P_g| > E_g and the signs agree: sgn f = sgn g",
    plain="The two networks agree wherever both predictions exceed their error bounds.",
    kind=IMPLICATION,
    source="paper, result 3 (main theorem); sharpened",
    proof="docs/certificates.md",
    rests_on=("D3",),
    carries=(paper.AGREEMENT, paper.BOTH_SCENARIOS),
    needs=("train", "output", "perturb"),
    latex=r"|f_0 + P_f| > E_f, \; |g_0 + P_g| > E_g, \; (f_0 + P_f)(g_0 + P_g) > 0 "
    r"\Rightarrow \text{sgn} f_T = \text{sgn} g_T",
    compare=check,
    inputs=WIDE,
    least_premise_share=0.5,
    attained=undecided,
)


class ErrorLess(Certificates):
    def output_error(self, z: Tensor) -> Tensor:
        # .9 of E_f and of E_g
        return 0.9 * super().output_error(z)


CONTROLS = (Control("E_f-.9", ".9 of E_f", ("D3", "D5"), altered={Certificates: ErrorLess}),)
