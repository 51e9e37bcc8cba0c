"""O3: a network trained on an oracle's perturbations is a kernel machine."""

from __future__ import annotations

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.prior_work.oracle_trial import ORTHOGONAL, SOURCE, OracleTrial
from verifier.statements.statement import IDENTITY, PathwiseStatement


def check(trial: OracleTrial, out: Comparisons) -> None:
    """O3 at fresh points and at training samples, in the configuration's scenario."""
    c = trial.configuration
    points = trial.points
    g = trial.g
    z, theory = trial.z, trial.oracle_learning
    claimed = theory.output(z)
    bound = g.replay.rounding.output(z) + trial.cancelling(z)
    out.identity(f"g_T(z), scenario ({c.scenario})", trial.output(g, points), claimed, bound)


O3 = PathwiseStatement(
    id="O3",
    statement="oracle: g_T = g~ + sum_n C^g_n [ytil_n (<o_n,z> + beta) + eps <v/|v|, z>]",
    plain="A network trained on an oracle's perturbations is the sum that theory says.",
    kind=IDENTITY,
    source=f"{SOURCE}, learning from perturbations",
    proof="docs/prior_work.md",
    rests_on=("E5",),
    carries=(paper.PRIOR_WORK,),
    needs=("train", "output"),
    latex=r"g_T(z) = \tilde g(z) + \sum_n C^g_n(z) [\tilde y_n (\langle o_n, z\rangle + \beta)"
    r" + \frac{\epsilon}{\|v\|} \langle v, z\rangle]",
    compare=check,
    inputs=ORTHOGONAL,
)
