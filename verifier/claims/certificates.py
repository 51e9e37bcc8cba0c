"""D1-D5: bounds from the initial draw, up to the paper's main theorem, agreement of f and g."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.claims.base import CERTIFICATE, IMPLICATION, WIDE, Claim
from verifier.evidence import Comparisons
from verifier.network import preactivation
from verifier.replay import as_double
from verifier.rounding import unit
from verifier.training import train
from verifier.trial import Network, Trial
from verifier.vectors import unit_rows


def check_movement(trial: Trial, out: Comparisons) -> None:
    """D1 at the end of training and half way."""
    f, points = trial.f, trial.points
    z, recipe, rounding = points.double(), f.recipe, f.replay.rounding
    start = preactivation(f.replay.run.initial, z)
    bound = rounding.preactivation(z)
    theory = trial.certificates(f)
    moved = (preactivation(f.replay.run.final, z) - start).abs()
    out.at_most("|u_i(z;T) - u_i(z;0)|", moved, theory.movement_bound(z), bound)
    half = len(recipe.steps) // 2
    if half:
        early = recipe.prefix(half)
        tau = train(f.initial, f.X, f.y, early).tau.double()
        state = as_double(trial.code.train(f.initial, f.X, f.y, early))
        theory = type(theory)(theory.initial, theory.X, theory.y, tau, early, rounding)
        moved = (preactivation(state, z) - start).abs()
        out.at_most("|u_i(z;T/2) - u_i(z;0)|", moved, theory.movement_bound(z), bound)


def check_lazy_weights(trial: Trial, out: Comparisons) -> None:
    """D2 at fresh points and at training samples."""
    f, z = trial.f, trial.points.double()
    theory = trial.certificates(f)
    lhs = (trial.decomposition(f).coefficients(z) - theory.shares * theory.initial_kernel(z)).abs()
    bound = f.replay.rounding.coefficients().expand(len(z), -1)
    out.at_most("|C_n - (tau_n/N) K_0|", lhs, theory.lazy_error(z), bound)


def _output_margin(trial: Trial, network: Network, z: Tensor) -> Tensor:
    """What rounding can add to the output, or to its prediction, (P,)."""
    run, theory = network.replay.run, trial.certificates(network)
    lengths = torch.linalg.vector_norm(run.X, dim=1) @ theory.shares
    sizes = torch.linalg.vector_norm(z, dim=1) * lengths + run.recipe.beta * theory.shares.sum()
    return network.replay.rounding.output(z) + unit(run, network.X.dtype) * sizes


def check_output_error(trial: Trial, out: Comparisons) -> None:
    """D3 at fresh points and at training samples."""
    f, points = trial.f, trial.points
    z, theory = points.double(), trial.certificates(f)
    change = trial.output(f, points) - trial.initial_output(f, points)
    lhs = (change - theory.prediction(z)).abs()
    bound = _output_margin(trial, f, z)
    out.at_most("|f_T - f_0 - prediction| <= E_f", lhs, theory.output_error(z), bound)


def check_parallelism(trial: Trial, out: Comparisons) -> None:
    """D4 at fresh points."""
    f, points = trial.f, trial.draw.z
    z, theory, run = points.double(), trial.certificates(f), f.replay.run
    S = theory.direction(z)
    length = torch.linalg.vector_norm(S, dim=1)
    sizes = theory.shares @ torch.linalg.vector_norm(run.X, dim=1)
    margin = f.replay.rounding.input_gradient(z) + unit(run, f.X.dtype) * sizes
    gap = theory.direction_gap(z, trial.decomposition(f).initial_part(z)) + margin
    premise = gap < length
    if not bool(premise.any()):
        out.vacuous(len(z))
        return
    gradient = trial.input_gradient(f, points)
    chord = torch.linalg.vector_norm(unit_rows(gradient) - unit_rows(S), dim=1)
    angle = 2 * torch.asin((chord / 2).clamp(max=1.0))
    limit = torch.asin((gap / length).clamp(max=1.0))
    bound = torch.full_like(limit, unit(run, torch.float64))
    out.at_most("angle(nabla f_T, S)", angle, limit, bound, premise)


def check_agreement(trial: Trial, out: Comparisons) -> None:
    """D5 at fresh points, in the configuration's scenario."""
    f, g, points = trial.f, trial.g, trial.draw.z
    z = points.double()
    theory = trial.theory.agreement(trial.certificates(f), trial.certificates(g))
    f_0, g_0 = trial.initial_output(f, points), trial.initial_output(g, points)
    premise = (
        theory.f_is_certain(z, f_0, _output_margin(trial, f, z))
        & theory.g_is_certain(z, g_0, _output_margin(trial, g, z))
        & theory.same_prediction(z)
    )
    out.same_sign("sgn f(z) = sgn g(z)", trial.output(f, points), trial.output(g, points), premise)


CERTIFICATES = (
    Claim(
        id="D1",
        statement="|u_i(z;t) - u_i(z;0)| <= |a_i| M_z / sqrt m at every step",
        kind=CERTIFICATE,
        source="theory D1",
        needs=("train",),
        compare=check_movement,
    ),
    Claim(
        id="D2",
        statement="|C_n(z) - (tau_n/N) K_0(z,x_n)| <= (tau_n/N)(1-gamma)(Q_z + Q_x)",
        kind=CERTIFICATE,
        source="theory D2",
        needs=("train",),
        compare=check_lazy_weights,
    ),
    Claim(
        id="D3",
        statement="|f_T - f_0 - (1/N) sum_n y_n tau_n K_inf(z,x_n)| <= E_f(z)",
        kind=CERTIFICATE,
        source="theory D3",
        needs=("train", "output"),
        compare=check_output_error,
    ),
    Claim(
        id="D4",
        statement="if |xi_T| + E_S < |S|: angle(nabla f_T, S) <= arcsin((|xi_T| + E_S)/|S|)",
        kind=IMPLICATION,
        source="paper, result 1; theory D4",
        needs=("train", "input_gradient"),
        inputs=WIDE,
        compare=check_parallelism,
        least_premise_share=0.5,
    ),
    Claim(
        id="D5",
        statement="if f_hat, g_hat beat their errors and agree in sign: sgn f(z) = sgn g(z)",
        kind=IMPLICATION,
        source="paper, result 3 (main theorem); theory D5",
        needs=("train", "output", "perturb"),
        inputs=WIDE,
        compare=check_agreement,
        least_premise_share=0.5,
    ),
)
