"""E8p: projected gradient steps end where one step does, unless a pattern changes on the way."""

from __future__ import annotations

from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.beyond.attained import at_threshold
from verifier.statements.beyond.formulas import Steps
from verifier.statements.beyond.inputs import STEPPED
from verifier.statements.beyond.measured import Stepped
from verifier.statements.control import Control
from verifier.statements.statement import IMPLICATION, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """E8p for every sample at which no pattern can change."""
    run = Stepped.of(trial)
    holds = ~run.theory.may_change(run.X).any(dim=1, keepdim=True)
    clear = (run.error < 1) & holds
    for steps in run.schedules:
        out.vacuous(int((~clear).sum()))
        r, along = run.perturbations(steps), run.theory.length(steps) * run.along
        bound = trial.configuration.eps * (run.error + len(steps) * run.rounding)
        name = f"r_n after {len(steps)} steps = one step of min(eps, their sum)"
        out.identity(name, r[clear], along[clear], bound[clear])


E8p = PathwiseStatement(
    id="E8p",
    statement="projected gradient steps end where one step does while |u_i| > eps |w_i|_*",
    plain="Projected gradient steps end where a single step does, if no neuron flips nearby.",
    kind=IMPLICATION,
    source="paper, future work: other attacks",
    proof="docs/beyond.md",
    rests_on=("E8",),
    carries=(paper.OTHER_ATTACKS,),
    needs=("train", "perturb_in_steps"),
    latex=r"|u_i(x_n)| > \epsilon \|w_i\|_* \; \forall i \;\Rightarrow\; r_n = "
    r"\min\Big(\epsilon, \sum_k \alpha_k\Big) \tilde{y}_n \psi(\nabla f(x_n))",
    compare=check,
    inputs=STEPPED,
    least_premise_share=0.2,
    attained=at_threshold,
)


class ThresholdLess(Steps):
    def threshold(self) -> Tensor:
        # .99 eps |w_i|_*
        return 0.99 * super().threshold()


CONTROLS = (
    Control("threshold-.99", "|u_i| > .99 eps |w_i|_*", ("E8p",), altered={Steps: ThresholdLess}),
)
