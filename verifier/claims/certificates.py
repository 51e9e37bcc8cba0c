"""D1-D5: bounds from the initial draw, up to the paper's main theorem, agreement of f and g."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.certificates import Interval
from verifier.claims.base import CERTIFICATE, IMPLICATION, WIDE, Claim
from verifier.evidence import Comparisons
from verifier.network import preactivation
from verifier.replay import as_double
from verifier.rounding import unit
from verifier.trial import Network, Trial
from verifier.vectors import unit_rows


def _within(out: Comparisons, what: str, value: Tensor, allowed: Interval, bound: Tensor) -> None:
    """Claims that `value` lies in `allowed`, as a distance from the centre against the radius."""
    out.at_most(what, (value - allowed.centre).abs(), allowed.radius, bound)


def check_movement(trial: Trial, out: Comparisons) -> None:
    """D1 at the end of training and half way."""
    f, z = trial.f, trial.points.double()
    theory, bound = trial.certificates(f), f.replay.rounding.preactivation(z)
    start = preactivation(f.replay.run.initial, z)
    moved = preactivation(f.replay.run.final, z) - start
    _within(out, "u_i(z;T) - u_i(z;0)", moved, theory.movement_bound(z), bound)
    half = len(f.recipe.steps) // 2
    if half:
        state = as_double(trial.code.train(f.initial, f.X, f.y, f.recipe.prefix(half)))
        moved = preactivation(state, z) - start
        _within(out, "u_i(z;T/2) - u_i(z;0)", moved, theory.path_movement_bound(z), bound)


def check_lazy_weights(trial: Trial, out: Comparisons) -> None:
    """D2 at fresh points and at training samples."""
    f, z = trial.f, trial.points.double()
    C = trial.decomposition(f).coefficients(z)
    bound = f.replay.rounding.coefficients().expand(len(z), -1)
    _within(out, "C_n", C, trial.certificates(f).lazy_coefficients(z), bound)


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
    trained, bound = trial.output(f, points), _output_margin(trial, f, z)
    _within(out, "f_T(z)", trained, theory.output_bound(z), bound)
    lhs = (trained - theory.lazy_output(z, trial.initial_output(f, points))).abs()
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
        & theory.same_sign(z, f_0, g_0)
    )
    at_f, at_g = trial.output(f, points), trial.output(g, points)
    out.same_sign("sgn f(z) = sgn g(z)", at_f, at_g, premise)
    # the premise fixes both signs: outputs that are always 0, or always 1, agree too
    for name, network, start, end in (("f", f, f_0, at_f), ("g", g, g_0, at_g)):
        promised = trial.certificates(network).lazy_output(z, start)
        out.same_sign(f"sgn {name}(z) = sgn({name}_0 + P_{name})(z)", end, promised, premise)


CERTIFICATES = (
    Claim(
        id="D1",
        statement="u_i(z;T) - u_i(z;0) in (a_i/sqrt m) [Y_i^-(z), Y_i^+(z)]; similar at every step",
        kind=CERTIFICATE,
        source="theory D1, sharpened",
        latex=r"\frac{a_i}{\sqrt{m}} Y_i^-(z) \le u_i(z;T) - u_i(z;0) \le "
        r"\frac{a_i}{\sqrt{m}} Y_i^+(z) \quad (a_i \ge 0)",
        needs=("train",),
        compare=check_movement,
    ),
    Claim(
        id="D2",
        statement="(tau_n/N) K^-(z,x_n) <= C_n(z) <= (tau_n/N) K^+(z,x_n), K by D1's patterns",
        kind=CERTIFICATE,
        source="theory D2, sharpened",
        latex=r"\frac{\tau_n}{N} K^-(z,x_n) \le C_n(z) \le \frac{\tau_n}{N} K^+(z,x_n)",
        needs=("train",),
        compare=check_lazy_weights,
    ),
    Claim(
        id="D3",
        statement="f^- <= f_T <= f^+ by D1; |f_T - f_0 - P| <= E_f, P = (1/N) sum y_n tau_n K_inf",
        kind=CERTIFICATE,
        source="theory D3, sharpened",
        latex=r"|f_T(z) - f_0(z) - \frac{1}{N} \sum_n y_n \tau_n K_\infty(z,x_n)| \le E_f(z)",
        needs=("train", "output"),
        compare=check_output_error,
    ),
    Claim(
        id="D4",
        statement="if |xi_T| + E_S < |S|: angle(nabla f_T, S) <= arcsin((|xi_T| + E_S)/|S|)",
        kind=IMPLICATION,
        source="paper, result 1; theory D4, sharpened",
        latex=r"\|\xi_T\| + E_S < \|S\| \Rightarrow \angle(\nabla f_T, S) \le "
        r"\arcsin \frac{\|\xi_T\| + E_S}{\|S\|}",
        needs=("train", "input_gradient"),
        compare=check_parallelism,
        least_premise_share=0.5,
        inputs=WIDE,
    ),
    Claim(
        id="D5",
        statement="if |f_0 + P_f| > E_f, |g_0 + P_g| > E_g and the signs agree: sgn f = sgn g",
        kind=IMPLICATION,
        source="paper, result 3 (main theorem); theory D5, sharpened",
        latex=r"|f_0 + P_f| > E_f, \; |g_0 + P_g| > E_g, \; (f_0 + P_f)(g_0 + P_g) > 0 "
        r"\Rightarrow \text{sgn} f_T = \text{sgn} g_T",
        needs=("train", "output", "perturb"),
        compare=check_agreement,
        least_premise_share=0.5,
        inputs=WIDE,
    ),
)
