"""R5m: what predictions of agreement are made of are sums over pairs and derivatives of kernels."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters, input_gradient
from verifier.statements.agreement.finite_width import FiniteWidth
from verifier.statements.agreement.formulas import PhaseDiagram, Response
from verifier.statements.agreement.own_moments import (
    Lifted,
    direction_variance,
    start_covariance,
)
from verifier.statements.agreement.own_widths import compare_widths
from verifier.statements.control import Control
from verifier.statements.inputs import LIBRARY
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial

_FEW = 16  # rounding errors beside those of products and sums
_CUSP = 1e-6


def check(trial: Trial, out: Comparisons) -> None:
    """R5m at fresh points: given the draws, then averaged, each part from the one before."""
    c, start = trial.configuration, trial.draw
    X, y, z, natural = start.X.double(), start.y.double(), start.z.double(), trial.natural.double()
    times = c.f_recipe.time, c.g_recipe.time
    settings = (c.eps, *times, c.slope, c.f_recipe.beta)
    diagram = trial.theory[PhaseDiagram](X, y, natural, *settings)
    unit = _FEW * (X.shape[1] + len(X)) * torch.finfo(X.dtype).eps
    _clean(diagram, z, unit, out)
    xi = input_gradient(Parameters(*(t.double() for t in start.f_0)), X, c.slope)
    nu = diagram.directions(xi)
    v = times[0] * diagram.clean_gradient() + xi
    length = torch.linalg.vector_norm(v, dim=1, keepdim=True)
    out.identity("nu", nu * length, v, unit * length.squeeze(1))
    _along(diagram, z, nu, start.targets.double(), unit, out)
    _averaged(diagram, z, unit, out)
    compare_widths(trial.theory[FiniteWidth], c.f_recipe, out)


def _sizes(z: Tensor, X: Tensor, beta: float) -> Tensor:
    """The mean over n of `|z||x_n| + beta`, (P,)."""
    of_z, of_x = (torch.linalg.vector_norm(t, dim=1) for t in (z, X))
    return of_z * of_x.mean() + beta


def _clean(diagram: PhaseDiagram, z: Tensor, unit: float, out: Comparisons) -> None:
    """`f_hat` and its gradient at the samples."""
    X, y, beta = diagram.X, diagram.y, diagram.beta
    with torch.enable_grad():
        at = X.clone().requires_grad_()
        f_hat = (Lifted(at.unsqueeze(1), X, diagram.slope).k_inf(beta) @ y) / len(y)
        (h,) = torch.autograd.grad(f_hat.sum(), at)
    pairs = Lifted(X.unsqueeze(1), X, diagram.slope)
    sine = float(pairs.least_sine())
    steepest = pairs.arc / (X.square().sum(dim=1) + X.shape[1]).sqrt()
    length = torch.linalg.vector_norm(X, dim=1)
    most = length.mean() + 2 * steepest * _sizes(X, X, beta) / sine
    out.identity("h", diagram.clean_gradient(), h, unit * most / sine**2)
    at_z = Lifted(z.unsqueeze(1), X, diagram.slope)
    f = diagram.f_time * (at_z.k_inf(beta) @ y) / len(y)
    size = diagram.f_time * _sizes(z, X, beta)
    sine = float(at_z.least_sine())
    out.identity("T_f f_hat", diagram.clean_prediction(z), f, unit * size / sine)
    out.identity("f's prediction", diagram.f_prediction(z, f), 2 * f, 2 * unit * size / sine)


def _along(
    diagram: PhaseDiagram, z: Tensor, nu: Tensor, targets: Tensor, unit: float, out: Comparisons
) -> None:
    """`g_0 + T_g g_hat`, with 1 for `g_0`."""
    inputs = diagram.natural + diagram.eps * targets[:, None] * nu
    pairs = Lifted(z.unsqueeze(1), inputs, diagram.slope)
    g = diagram.g_time * (pairs.k_inf(diagram.beta) @ targets) / len(targets)
    sine = float(pairs.least_sine())
    size = 1 + diagram.g_time * _sizes(z, inputs, diagram.beta)
    g_0 = torch.ones_like(g)
    out.identity(
        "g's prediction", diagram.g_along(z, g_0, nu, targets), g_0 + g, unit * size / sine
    )


def _averaged(diagram: PhaseDiagram, z: Tensor, unit: float, out: Comparisons) -> None:
    """The five moments."""
    X, slope, N = diagram.X, diagram.slope, len(diagram.X)
    length = torch.linalg.vector_norm(X, dim=1)
    nu, size = diagram.mean_directions()
    pull = diagram.f_time * diagram.clean_gradient()
    noise = (1 + slope**2) / 2
    wanted = (pull.square().sum(dim=1, keepdim=True) + noise).sqrt()
    out.identity("D", size, wanted, unit * wanted)
    out.identity("mean of nu", nu * wanted, pull, unit * wanted.squeeze(1))

    response = diagram.response(z, nu)
    own, sine = _response(diagram, z, nu)
    if not sine > _CUSP:
        return  # there K_inf has no derivative
    k = (z.norm(dim=1)[:, None] * (diagram.natural.norm(dim=1) + diagram.eps)) + diagram.beta
    bound = unit * (k + diagram.eps + diagram.eps * k) / sine**3
    for name, found, claimed in zip(Response._fields, response, own, strict=True):
        out.identity(f"response: {name}", found, claimed, bound)

    w = diagram.sensitivity(z, response, nu, size)
    with torch.enable_grad():
        v = pull.expand(len(z), *pull.shape).clone().requires_grad_()
        turned = v / (v.square().sum(dim=2, keepdim=True) + noise).sqrt()
        by_z = response.by_z * (turned * z.unsqueeze(1)).sum(dim=2)
        mean = (by_z + response.by_o * (turned * diagram.natural).sum(dim=2)).sum() / N
        (claimed,) = torch.autograd.grad(mean, v)
    most = response.by_z.abs() * z.norm(dim=1)[:, None]
    most = most + response.by_o.abs() * diagram.natural.norm(dim=1)
    out.identity("w", w, claimed, unit * most / (N * wanted.squeeze(1)))

    s_z = z.square().sum(dim=1) / z.shape[1] + 1
    out.identity("Var f_0", diagram.start_variance(z), noise * s_z, unit * s_z)
    of_w = torch.linalg.vector_norm(w, dim=2)
    sine = float(Lifted(z.unsqueeze(1), X, slope).least_sine())
    shared = start_covariance(z, X, w, slope)
    longest = z.norm(dim=1)[:, None] + length * s_z.sqrt()[:, None]
    bound = unit * (of_w * longest).sum(dim=1) / (z.shape[1] * sine)
    out.identity("C", diagram.start_covariance(z, w), shared, bound)
    sine = float(Lifted(X.unsqueeze(1), X, slope).least_sine())
    spread = direction_variance(X, w, slope)
    bound = unit * of_w.sum(dim=1).square() / (z.shape[1] * sine**3)
    out.identity("V", diagram.direction_variance(w), spread, bound)

    m, T = diagram.moments(z), diagram.g_time
    targets = (response.spread / N).square().sum(dim=1)
    stated = {
        "f": diagram.clean_prediction(z),
        "g": T * response.mean.mean(dim=1),
        "start": diagram.start_variance(z),
        "noise": T**2 * (diagram.direction_variance(w) + targets),
        "shared": T * diagram.start_covariance(z, w),
    }
    for name, claimed in stated.items():
        most = claimed.abs() + (T * response.mean.abs().mean(dim=1) if name == "g" else 0.0)
        out.identity(f"moments: {name}", getattr(m, name), claimed, unit * most)


def _response(diagram: PhaseDiagram, z: Tensor, nu: Tensor) -> tuple[Response, float]:
    """Half the sum and half the difference of `K_inf` at both targets; autograd's derivatives.

    And the least sine: the attack's length is eps, whatever the length of nu.
    """
    d, o, eps = z.shape[1], diagram.natural, diagram.eps
    s_z = (z.square().sum(dim=1) / d + 1).unsqueeze(1)
    with torch.enable_grad():
        by_z = (z @ nu.T).requires_grad_()
        by_o = (o * nu).sum(dim=1).expand_as(by_z).clone().requires_grad_()
        sides, sines = [], []
        for sign in (1.0, -1.0):
            inner = z @ o.T + sign * eps * by_z
            s_x = (o.square().sum(dim=1) + 2 * sign * eps * by_o + eps**2) / d + 1
            rho = (inner / d + 1) / (s_z * s_x).sqrt()
            theta = torch.acos(rho)
            phi = diagram.slope + (1 - diagram.slope) ** 2 / (2 * math.pi) * (math.pi - theta)
            sides.append(phi * (inner + diagram.beta))
            sines.append(float(theta.detach().sin().min()))
        mean, spread = (sides[0] - sides[1]) / 2, (sides[0] + sides[1]) / 2
        slopes = torch.autograd.grad(mean.sum(), (by_z, by_o))
    return Response(mean.detach(), spread.detach(), *slopes), min(sines)


R5m = PathwiseStatement(
    id="R5m",
    statement="the moments of R5's predictions are sums over pairs and derivatives of E f_0 f_0",
    plain="What predicted agreement is made of are sums over pairs of samples.",
    kind=IDENTITY,
    source="none",
    proof="docs/agreement.md",
    rests_on=("R5", "R5u", "K2"),
    carries=ADDED,
    needs=(),
    latex=r"C = \sum_n \langle w_n, \nabla_{x_n} E f_0(z) f_0(x_n) \rangle, \quad "
    r"V = \sum_{n, l} w_n^\top \nabla_{x_n} \nabla_{x_l}^\top E f_0(x_n) f_0(x_l) \thinspace w_l",
    compare=check,
    inputs=LIBRARY,
)


class TurnForgotten(PhaseDiagram):
    def response(self, z: Tensor, nu: Tensor) -> Response:
        # The derivative of Phi by o
        found = super().response(z, nu)
        return found._replace(by_o=torch.zeros_like(found.by_o))


class NotProjected(PhaseDiagram):
    def sensitivity(self, z: Tensor, response: Response, nu: Tensor, size: Tensor) -> Tensor:
        # Without 1 - nu nu^T
        return super().sensitivity(z, response, torch.zeros_like(nu), size)


class GradientsApart(PhaseDiagram):
    def direction_variance(self, w: Tensor) -> Tensor:
        # As if gradients at different samples were independent
        return (1 + self.slope**2) / 2 * w.square().sum(dim=(-2, -1)) / w.shape[-1]


class SlopeForgotten(PhaseDiagram):
    def start_variance(self, z: Tensor) -> Tensor:
        # As if gamma were 0
        return super().start_variance(z) / (1 + self.slope**2)


def _control(name: str, what: str, kind: type[PhaseDiagram]) -> Control:
    return Control(name, what, ("R5m",), altered={PhaseDiagram: kind})


CONTROLS = (
    _control("response-without-turn", "no derivative of Phi by o", TurnForgotten),
    _control("sensitivity-not-projected", "w without 1 - nu nu^T", NotProjected),
    _control("gradients-apart", "V without covariances", GradientsApart),
    _control("start-as-relu", "Var f_0 as of gamma = 0", SlopeForgotten),
)
