"""O5: margins grow with effective time, and without bound; how fast, from both sides."""

from __future__ import annotations

import math

import torch

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
from verifier.trial.rounding import unit


def check(trial: OracleTrial, out: Comparisons) -> None:
    """O5 at f's training samples."""
    trial.require_orthogonal()
    trial.require_untrained_bias()
    f = trial.f
    theory = trial.prior_work
    samples = trial.draw.X
    run = f.replay.run
    bound = change_bound(trial, f, run.X, leak(run.X, run.tau) / len(run.y))
    gain = run.y * (trial.output(f, samples) - trial.initial_output(f, samples))
    low, high = theory.gain()
    out.at_most("gamma^2 c_n tau_n <= y_n (f_T - f_0)(x_n)", low, gain, bound)
    out.at_most("y_n (f_T - f_0)(x_n) <= c_n tau_n", gain, high, bound)
    tau = run.tau
    resolved = tau > torch.finfo(f.X.dtype).tiny  # a smaller loss derivative has lost its digits
    time = torch.full_like(tau, math.log(run.recipe.time))
    error = bound + unit(run, f.X.dtype) * (1 + time.abs())
    out.at_most(
        "log T <= log of the time that tau_n needs", time, theory.log_time_needed(), error, resolved
    )
    if run.recipe.momentum == 0:  # with it a step acts after its time is counted
        least = "log of the time that tau_n takes at the least <= log T"
        out.at_most(least, theory.log_time_spent(), time, error, resolved)


O5 = PathwiseStatement(
    id="O5",
    statement="y_n (f_T - f_0)(x_n) in [gamma^2, 1] c_n tau_n, and tau_n grows without bound, "
    "between two logarithms of T",
    plain="With orthogonal samples, margins of training samples grow without bound.",
    kind=CERTIFICATE,
    source=f"{SOURCE}, long training",
    proof="docs/prior_work.md",
    rests_on=("O4",),
    carries=(paper.PRIOR_WORK,),
    needs=("train", "output"),
    latex=r"T \le e^{y_n f_0(x_n)} \frac{e^{c_n \tau_n} - 1}{c_n}, \quad"
    r" \gamma^2 c_n \tau_n \le y_n (f_T - f_0)(x_n) \le c_n \tau_n",
    compare=check,
    inputs=ORTHOGONAL,
)
