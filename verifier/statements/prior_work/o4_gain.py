"""O4: how much such a network gains at every sample."""

from __future__ import annotations

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.prior_work.oracle_trial import (
    ORTHOGONAL,
    SOURCE,
    OracleTrial,
    change_bound,
    leak,
)
from verifier.statements.statement import CERTIFICATE, PathwiseStatement


def check(trial: OracleTrial, out: Comparisons) -> None:
    """O4 at f's training samples; in scenario (a) at fresh points too."""
    trial.require_orthogonal()
    trial.require_untrained_bias()
    g = trial.g
    theory = trial.oracle_learning
    samples = trial.draw.X
    X, y = samples.double(), trial.draw.y.double()
    leaking = leak(trial.natural.double(), g.replay.run.tau) / len(y)
    bound = change_bound(trial, g, X, leaking) + trial.cancelling(X)
    gain = y * (trial.output(g, samples) - trial.initial_output(g, samples))
    least = theory.least_gain()
    out.at_most("abar min(gamma L_k, L_k) <= y_k (g_T - g_0)(x_k)", least, gain, bound)
    certain = least + (y * trial.initial_output(g, samples)) > 2 * bound
    out.same_sign("sgn g_T(x_k) = y_k", trial.output(g, samples), y, certain)
    if trial.configuration.scenario == "a":
        points = trial.draw.z
        z = points.double()
        bound = 2 * g.replay.rounding.output(z)
        gain = theory.pull(z).sign() * (trial.output(g, points) - trial.initial_output(g, points))
        low, high = theory.gain(z)
        out.at_most("lower bound <= sgn<v,z> (g_T - g_0)(z)", low, gain, bound)
        out.at_most("sgn<v,z> (g_T - g_0)(z) <= upper bound", gain, high, bound)


O4 = PathwiseStatement(
    id="O4",
    statement="oracle: y_k (g_T - g_0)(x_k) >= abar min(gamma L_k, L_k); in (a) at all z",
    plain="Training on an oracle's perturbations moves outputs towards the right labels.",
    kind=CERTIFICATE,
    source=f"{SOURCE}, learning from perturbations",
    proof="docs/prior_work.md",
    rests_on=("O3", "E1"),
    carries=(paper.PRIOR_WORK,),
    needs=("train", "output"),
    latex=r"y_k (g_T - g_0)(x_k) \ge \bar a \min(\gamma L_k, L_k)",
    compare=check,
    inputs=ORTHOGONAL,
)
