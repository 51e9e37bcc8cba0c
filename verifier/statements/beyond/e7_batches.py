"""E7: with mini-batches the identities and certificates hold, each sample by its own time."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import as_double
from verifier.statements.beyond.batch_trial import BATCHED, BatchTrial
from verifier.statements.beyond.batches import BatchedCertificates, Batches
from verifier.statements.certificates.margins import movement, output_margin, within
from verifier.statements.identities.formulas import (
    Decomposition,
    PerturbationDecomposition,
    decomposition,
)
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.rounding import unit


def check(trial: BatchTrial, out: Comparisons) -> None:
    """E1-E3, E5 and D1-D3 of a network trained by mini-batches."""
    f, z = trial.f, trial.points.double()
    theory, rounding, run = decomposition(trial, f), f.replay.rounding, f.replay.run
    W, b = theory.final_weights()
    out.identity("w_i(T)", run.final.W, W, rounding.weight)
    out.identity("b_i(T)", run.final.b, b, rounding.bias)
    gradient = trial.input_gradient(f, trial.points)
    out.identity("nabla f_T(z)", gradient, theory.input_gradient(z), rounding.input_gradient(z))
    out.identity("f_T(z)", trial.output(f, trial.points), theory.output(z), rounding.output(z))
    if f.recipe.loss.name == "identity":
        batches = trial.theory[Batches](trial.batches("f", f.recipe), len(run.y))
        times = batches.times(f.recipe)
        out.identity(
            "tau_n = sum_j omega_j (N/B_j) c_nj", run.tau, times, unit(run, f.X.dtype) * times
        )
    low, high = theory.squeeze(z)
    C, of_C = theory.coefficients(z), rounding.coefficients().expand(len(z), -1)
    out.at_most("gamma s tau_n/N <= C_n", low, C, of_C)
    out.at_most("C_n <= s tau_n/N", C, high, of_C)
    _learning(trial, theory, z, out)
    _certificates(trial, C, z, out)


def _learning(trial: BatchTrial, f: Decomposition, z: Tensor, out: Comparisons) -> None:
    """E5: g by its own batches, from what f's taught it."""
    c, start = trial.configuration, trial.draw
    g, X, targets = decomposition(trial, trial.g), start.X.double(), start.targets.double()
    theory = trial.theory[PerturbationDecomposition](f, g, trial.natural.double(), targets, c.eps)
    length = torch.linalg.vector_norm(f.input_gradient(X), dim=1)
    turned = g.coefficients(z) @ (c.eps * trial.f.replay.rounding.direction(X, length))
    bound = trial.g.replay.rounding.output(z) + turned * torch.linalg.vector_norm(z, dim=1)
    name = f"g_T(z), scenario ({c.scenario})"
    out.identity(name, trial.output(trial.g, trial.points), theory.output(z), bound)


def _certificates(trial: BatchTrial, C: Tensor, z: Tensor, out: Comparisons) -> None:
    """D1 at the end and half way, D2 and D3."""
    f, run, rounding = trial.f, trial.f.replay.run, trial.f.replay.rounding
    theory = trial.theory[BatchedCertificates](
        run.initial, run.X, run.y, run.tau, run.recipe, rounding, trial.subject.phi
    )
    steps = len(f.recipe.steps) // 2
    half = None
    if steps:
        batches = trial.batches("f", f.recipe)[:steps]
        half = as_double(
            trial.code.train_batches(f.initial, f.X, f.y, f.recipe.prefix(steps), batches)
        )
    movement(f, theory, half, z, out)
    of_C = rounding.coefficients().expand(len(z), -1)
    within(out, "C_n by D2", C, theory.lazy_coefficients(z), of_C)
    margin = output_margin(f, theory, z)
    trained = trial.output(f, trial.points)
    within(out, "f_T(z) by D3", trained, theory.output_bound(z), margin)
    lhs = (trained - theory.lazy_output(z, trial.initial_output(f, trial.points))).abs()
    out.at_most("|f_T - f_0 - prediction| <= E_f", lhs, theory.output_error(z), margin)


E7 = PathwiseStatement(
    id="E7",
    statement="with mini-batches E1-E3, E5, D1-D3 hold, tau_n = sum_j omega_j (N/B_j) c_nj p_n(j)",
    plain="All of this holds with mini-batches too, each sample weighted by its batches.",
    kind=IDENTITY,
    source="none",
    proof="docs/beyond.md",
    rests_on=("E1", "E2", "E3", "E5", "D1", "D2", "D3"),
    carries=ADDED,
    needs=("train", "output", "input_gradient", "perturb", "train_batches"),
    latex=r"\tau_n = \sum_j \omega_j \frac{N}{B_j} c_{nj} p_n(j), \quad "
    r"A_{in} = \sum_j \omega_j \frac{N}{B_j} c_{nj} p_n(j) \phi'(u_i(x_n;j))",
    compare=check,
    inputs=BATCHED,
)
