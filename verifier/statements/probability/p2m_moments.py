"""P2m: the moments that P1 to P4 state, and that size their tests, are those of one neuron."""

from __future__ import annotations

import math
from itertools import product

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import input_gradient
from verifier.model.vectors import unit_rows
from verifier.statements.control import Control
from verifier.statements.inputs import LIBRARY
from verifier.statements.probability.formulas import Attack, Concentration
from verifier.statements.probability.one_neuron import Flips, TwoPoints, of_mean
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial

_FEW = 64  # rounding errors, of the sizes of what is added up
_MOST_TARGETS = 8  # all of whose signs are tried
_RATIOS = (1e-3, 0.03, 0.3, 1.0, 4.0, 100.0)
_TILTS = (-20.0, -1.0, -0.01, 0.01, 0.3, 0.49)


def check(trial: Trial, out: Comparisons) -> None:
    """P2m at the draw's points and samples, for the configuration's width and one neuron."""
    c = trial.configuration
    for width in dict.fromkeys((c.width, 1)):
        theory = trial.theory[Concentration](c.slope, width)
        _kernels(theory, trial.draw.z.double(), trial.draw.X.double(), out)
        _flips(theory, trial.draw.z.double()[:1], out)
    _targets(trial, out)


def _compare(out: Comparisons, name: str, found: Tensor, own: Tensor, size: Tensor | float) -> None:
    """`size`: of the terms whose sum they are, beside their own."""
    eps = torch.finfo(own.dtype).eps
    out.identity(name, found.expand_as(own), own, _FEW * eps * (own.abs() + size))


def _angle(z: Tensor, X: Tensor) -> tuple[Tensor, Tensor]:
    """Of all lifted pairs, and the product of their lengths, (P, N) each; by differences."""
    d = z.shape[1]
    lifted = [torch.cat((t / math.sqrt(d), torch.ones_like(t[:, :1])), dim=1) for t in (z, X)]
    lengths = [torch.linalg.vector_norm(t, dim=1, keepdim=True) for t in lifted]
    u, v = (t / length for t, length in zip(lifted, lengths, strict=True))
    gap, total = (
        torch.linalg.vector_norm(t, dim=2) for t in (u.unsqueeze(1) - v, u.unsqueeze(1) + v)
    )
    return 2 * torch.atan2(gap, total), lengths[0] * lengths[1].T


def _kernels(theory: Concentration, z: Tensor, X: Tensor, out: Comparisons) -> None:
    """The initial kernel, the initial gradient and the initial output."""
    theta, size = _angle(z, X)
    m, slope, d = theory.width, theory.slope, z.shape[1]
    pair = TwoPoints(theta, slope)
    odd = (1, 3, 15, 105)  # of the readout: E a^2k
    raw = [odd[k - 1] * pair.patterns(k) for k in (1, 2, 3, 4)]
    _compare(out, "E K_0", theory.kernel_mean(z, X), raw[0], 1.0)
    variance, fourth = of_mean(raw, m)
    _compare(out, "Var K_0", theory.kernel_variance(z, X), variance, 3.0 / m)
    most = 105 / m**3 + 27 / m**2
    _compare(out, "fourth moment of K_0", theory.kernel_fourth(z, X), fourth, most)
    for s in (0.1, 3.0, 50.0):
        stated = 2 * math.sqrt(s / m) + 2 * s / m + (1 - slope**2) * math.sqrt(s / (2 * m))
        found = theta.new_tensor(theory.kernel_bound(s))
        _compare(out, "P1's bound", found, theta.new_tensor(stated), 0.0)
    tilted = torch.stack([_tilted(pair, t) for t in _TILTS]).log()
    found = theory.log_moment(theta.new_tensor(_TILTS), z, X)
    _compare(out, "log E exp(t a^2 phi' phi')", found, tilted, 8.0)

    own = (1 + slope**2) / 2
    _compare(
        out,
        "E |nabla f_0|^2",
        theta.new_tensor(theory.gradient_square()),
        theta.new_tensor(own),
        0.0,
    )
    # E|v|^4 of one neuron, and pairs of neurons: (E|v|^2)^2 and twice the trace of the square
    single, squares = 3 * (1 + slope**4) / 2 * (d + 2) / d, own**2 * (1 + 2 / d)
    gradients = single / m + (m - 1) / m * squares - own**2
    found = theta.new_tensor(theory.gradient_square_variance(d))
    _compare(out, "Var |nabla f_0|^2", found, theta.new_tensor(gradients), 3.0 + 9 / m)

    own_size = z.square().sum(dim=1) / d + 1
    same = TwoPoints(torch.zeros_like(own_size), slope)
    _compare(out, "E f_0^2", theory.output_square(z), own_size * same.outputs(2, 0), own_size)
    covariance = size * pair.outputs(1, 1)
    _compare(out, "E f_0 f_0", theory.output_covariance(z, X), covariance, size)
    mixed = 3 * size**2 * pair.outputs(2, 2)
    product_ = size**2 * pair.outputs(2, 0) * pair.outputs(0, 2)
    spread = (mixed + (m - 1) * (product_ + 2 * covariance**2)) / m - covariance**2
    _compare(
        out, "Var f_0 f_0", theory.output_product_variance(z, X), spread, 9 * size**2 * (1 + 9 / m)
    )


def _tilted(pair: TwoPoints, t: float) -> Tensor:
    """`E exp(t a^2 phi' phi')`, by `E exp(t a^2) = (1 - 2t)^(-1/2)`."""
    return pair.mean(lambda u, v: torch.rsqrt(1 - 2 * t * pair.pattern(u) * pair.pattern(v)))


def _flips(theory: Concentration, z: Tensor, out: Comparisons) -> None:
    """What training may flip, for movements over some powers of ten."""
    m, slope = theory.width, theory.slope
    h = z.new_tensor(_RATIOS)
    unit = (m * (z.square().sum() / z.shape[1] + 1)).sqrt()
    movement = h * unit
    points = z.expand(len(h), -1)
    _compare(out, "h", theory.flip_ratio(points, movement), h, 0.0)
    flips = Flips(h)
    raw = [flips.mass(k) for k in (1, 2, 3, 4)]
    variance, fourth = of_mean(raw, m)
    _compare(out, "E Q_z", theory.flip_mean(h), raw[0], h.clamp(max=1.0))
    _compare(out, "Var Q_z", theory.flip_variance(h), variance, 3 * h.clamp(max=1.0) / m)
    most = (105 / m**3 + 27 / m**2) * h.clamp(max=1.0)
    _compare(out, "fourth moment of Q_z", theory.flip_fourth(h), fourth, most)
    size = (1 - slope) * unit
    first, second = size * flips.excess(1), size**2 * flips.excess(2)
    _compare(out, "what flips do to f", theory.output_flips(h, movement), first, movement)
    spread, _ = of_mean([first, second], m)
    found = theory.output_flips_variance(h, movement)
    _compare(out, "its variance", found, spread, 9 * movement**2 * (1 + 1 / h) / m)
    # phi'(u(z)) is 1 or gamma: which, the event does not tell
    seen = [(1 + slope**k) / 2 * flips.mass(k) for k in (1, 2)]
    _compare(out, "flips at x seen at z", theory.sample_flips(h), seen[0], h.clamp(max=1.0))
    spread, _ = of_mean(seen, m)
    _compare(
        out, "their variance", theory.sample_flips_variance(h), spread, 3 * h.clamp(max=1.0) / m
    )


def _targets(trial: Trial, out: Comparisons) -> None:
    """Over all signs of some targets."""
    c, start = trial.configuration, trial.draw
    X = start.X.double()[:_MOST_TARGETS]
    natural = trial.natural.double()[:_MOST_TARGETS]
    z = start.z.double()
    nu = unit_rows(input_gradient(start.f_0, start.X, c.slope).double()[:_MOST_TARGETS])
    theory = trial.theory[Concentration](c.slope, c.width)
    attack = Attack(natural, nu, c.eps, c.f_recipe.beta)
    signs = z.new_tensor(list(product((-1.0, 1.0), repeat=len(X))))
    inputs = [natural + sign * c.eps * nu for sign in (1.0, -1.0)]
    up, down = (theory.mean_phi(z, x, c.slope) * (z @ x.T + c.f_recipe.beta) for x in inputs)
    terms = torch.where(signs.unsqueeze(1) > 0, up, -down)
    g_hat = terms.mean(dim=2)
    centre = g_hat.mean(dim=0)
    away = g_hat - centre
    length = torch.linalg.vector_norm(natural, dim=1).mean() + c.eps
    size = torch.linalg.vector_norm(z, dim=1) * length + c.f_recipe.beta
    _compare(out, "E g_hat", theory.target_mean(z, attack), centre, size)
    _compare(
        out, "Var g_hat", theory.target_variance(z, attack), away.square().mean(dim=0), size**2
    )
    for delta in (0.5, 1e-3):
        stated = ((up + down).square().sum(dim=1) * math.log(2 / delta) / 2).sqrt() / len(X)
        _compare(out, "P4's bound", theory.target_bound(z, attack, delta), stated, size)
    fourth = away.square().square().mean(dim=0)
    _compare(out, "fourth moment of g_hat", theory.target_fourth(z, attack), fourth, 8 * size**4)


P2m = PathwiseStatement(
    id="P2m",
    statement="the moments of P1 to P4 are those of one neuron's law, and of all targets",
    plain="The moments that the tests of chance use are those of the laws themselves.",
    kind=IDENTITY,
    source="none",
    proof="docs/probability.md",
    rests_on=("P1", "P3", "P4"),
    carries=ADDED,
    needs=(),
    latex=r"E (a^2 \phi' \phi')^k = (2k-1)!! \frac{1}{2\pi} \int_0^{2\pi} (\phi'(\cos t) "
    r"\phi'(\cos(t - \theta)))^k dt",
    compare=check,
    inputs=LIBRARY,
)


class OutputVarianceOff(Concentration):
    def output_product_variance(self, z: Tensor, X: Tensor) -> Tensor:
        # A tenth too large: no test of the mean refutes that
        return 1.1 * super().output_product_variance(z, X)


class SeenVarianceOff(Concentration):
    def sample_flips_variance(self, h: Tensor) -> Tensor:
        # gamma for gamma^2
        mean = (1 + self.slope) / 2
        return (mean * self.flip_moment(2, h) - self.sample_flips(h) ** 2) / self.width


class FourthOfOneNeuron(Concentration):
    def kernel_fourth(self, z: Tensor, X: Tensor) -> Tensor:
        # As if the mean of m terms were one of them, scaled
        one = type(self)(self.slope, 1, self.mean_phi)
        return super(FourthOfOneNeuron, one).kernel_fourth(z, X) / self.width**2


class TargetsAsNormal(Concentration):
    def target_fourth(self, z: Tensor, attack: Attack) -> Tensor:
        # Three times the square of the variance
        return 3 * self.target_variance(z, attack) ** 2


def _control(name: str, what: str, kind: type[Concentration]) -> Control:
    return Control(name, what, ("P2m",), altered={Concentration: kind})


CONTROLS = (
    _control("output-variance-off", "Var f_0 f_0 a tenth too large", OutputVarianceOff),
    _control("seen-variance-off", "gamma for gamma^2 in P3's last variance", SeenVarianceOff),
    _control("fourth-as-normal", "K_0's fourth moment over m^2", FourthOfOneNeuron),
    _control("targets-as-normal", "g_hat's fourth moment as a normal's", TargetsAsNormal),
)
