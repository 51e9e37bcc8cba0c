"""R4a: the cosine of the input gradient and the published direction, averaged over the draw."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters, initialise, input_gradient
from verifier.model.recipe import Recipe
from verifier.model.vectors import cosines
from verifier.statements import paper
from verifier.statements.control import Control
from verifier.statements.limits.experiments import AVERAGES, AVERAGES_MORE
from verifier.statements.limits.flips import Flips
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.kinks import Kinks, trained
from verifier.statements.statement import DEFAULT, LIMIT, NIGHTLY, PREDICTION, StatisticalStatement
from verifier.statistics.bounded import bounded_mean
from verifier.trial.study import Study

WANTED = 0.05
"""The error of the mean cosine that has to be noticed."""

_DRAWN = 4000  # neurons from which the scatter of R3c is taken


def check(study: Study, out: Comparisons) -> None:
    """R4a after each step of one schedule, on average over fresh points of fixed data."""
    draw, whole = study.fixed(), study.experiment.only.f_recipe
    X, y, z = (t.to("cpu", torch.float64) for t in (draw.X, draw.y, draw.z))
    shown: dict[str, list[float]] = {"T": [], "measured": [], "formula": [], "tolerance": []}
    for steps in range(1, len(whole.steps) + 1):
        recipe = whole.prefix(steps)
        limits = study.theory[Limits](X, y, recipe)
        true = Limits(X, y, recipe)
        claimed = float(limits.mean_cosine(z).mean())
        values = _measured(study, recipe, true.direction(z), z) - claimed
        off = sum(_off(study, true, z[k : k + 1]) for k in range(len(z))) / len(z)
        # a claim that no cosine can have makes values that are all of one sign
        low = torch.full_like(values, min(-1 - claimed, 0.0))
        high = torch.full_like(values, max(1 - claimed, 0.0))
        what = f"mean cosine of nabla f_T and s at T = {recipe.time:g}, less its formula"
        out.statistic(bounded_mean(what, values, low, high, off, alpha=study.alpha, wanted=WANTED))
        measured = float(values.mean()) + claimed
        for name, value in zip(shown, (recipe.time, measured, claimed, off), strict=True):
            shown[name].append(value)
    out.series |= shown


def _measured(study: Study, recipe: Recipe, s: Tensor, z: Tensor) -> Tensor:
    """`cos(nabla f_T, s)`, averaged over points and over a network and its mirror image, (n,).

    The mirror image has the readout `-a`: its `nabla f_0` has the other sign, which training adds
    to in the same way.
    """
    key = ("R4a", study.experiment, recipe)
    if key not in study.kept:
        n, m, d = study.experiment.replicates, study.experiment.only.width, z.shape[1]
        fresh = initialise(
            m,
            d,
            generator=study.generator("networks"),
            dtype=torch.float64,
            device="cpu",
            networks=(n,),
        )
        W, b, a = (torch.cat((t, t)).flatten(0, 1) for t in fresh)
        a[n * m :] *= -1
        end = trained(study, Parameters(W, b, a), m, recipe)
        networks = Parameters(end.W.view(2 * n, m, d), end.b.view(-1, m), end.a.view(-1, m))
        gradients = input_gradient(networks, z, recipe.slope)
        each = cosines(gradients.flatten(0, 1), s.repeat(2 * n, 1)).view(2, n, len(z))
        study.kept[key] = each.mean(dim=(0, 2))
    found: Tensor = study.kept[key]
    return found


def _off(study: Study, limits: Limits, z: Tensor) -> float:
    """`E|G - E G|^2/(2 (T^2 |h|^2 + (1+gamma^2)/2))` by R3c: what finite width may add."""
    width, generator = study.experiment.only.width, study.generator("scatter", limits.time)
    flips = Flips.of(limits.X, limits.y, z, limits.recipe)
    kinks = Kinks(flips, width, torch.ones(1, dtype=torch.float64, device="cpu"), 0)
    near, fresh = kinks.near(_DRAWN, generator), kinks.fresh(_DRAWN, generator)
    q = flips.drifts(near.at, near.patterns)[:, 0]
    h = limits.sharpened(z)[0]
    c = flips.gradient(q, near.w.square().sum(dim=1)).mean()
    mixed = flips.mixed(q, (near.w * flips.path(near.patterns)).sum(dim=1))
    c2 = flips.second(flips.moved(fresh.active, fresh.patterns), mixed, h).mean()
    scatter = float(c + c2 / math.sqrt(width)) / math.sqrt(width)
    length = float(h.square().sum()) * limits.time**2 + (1 + limits.slope**2) / 2
    return scatter / (2 * length)


R4a = StatisticalStatement(
    id="R4a",
    statement="E cos(nabla f_T, s) tends to cos(h, s) psi(T|h|/sigma), psi(l) = E<g, e>/|g| of "
    "g ~ N(l e, I), up to O(1/m)",
    plain="The average cosine between perturbations and published direction has a closed form.",
    kind=PREDICTION,
    basis=LIMIT,
    source="paper, figure of cosine similarities",
    proof="docs/limits.md",
    rests_on=("R3",),
    carries=(paper.SIGNED_SUM,),
    needs=("train",),
    latex=r"E \cos(\nabla f_T, s) \to \cos(h, s) \thinspace \psi(T \|h\| / \sigma), \quad "
    r"\sigma^2 = \frac{1 + \gamma^2}{2 d}",
    compare=check,
    tests=3,
    experiments={DEFAULT: AVERAGES, NIGHTLY: AVERAGES + AVERAGES_MORE},
)


class CosineOff(Limits):
    def mean_cosine(self, z: Tensor) -> Tensor:
        # 0.05 more
        return super().mean_cosine(z) + 0.05


class CosineNonsense(Limits):
    def mean_cosine(self, z: Tensor) -> Tensor:
        # What no cosine can be
        return torch.full_like(z[:, 0], -3.0)


class CosineWithoutStart(Limits):
    def mean_cosine(self, z: Tensor) -> Tensor:
        # cos(h, s) at every time
        return cosines(self.sharpened(z), self.direction(z))


class SpreadOfReLU(Limits):
    def spread(self, dimension: int) -> float:
        # Of gamma = 0
        return math.sqrt(1 / (2 * dimension))


CONTROLS = (
    Control("cosine-off", "0.05 more than the mean cosine", ("R4a",), altered={Limits: CosineOff}),
    Control(
        "cosine-nonsense", "-3 for the mean cosine", ("R4a",), altered={Limits: CosineNonsense}
    ),
    Control(
        "cosine-levelled", "cos(h, s) at every T", ("R4a",), altered={Limits: CosineWithoutStart}
    ),
    Control(
        "cosine-without-slope",
        "sigma^2 = 1/(2d)",
        ("R4a",),
        altered={Limits: SpreadOfReLU},
    ),
)
