"""R6x: gradients of two networks of other starts, widths and times, from their data alone."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters
from verifier.model.vectors import cosines
from verifier.statements import paper
from verifier.statements.agreement.own_transfer import compare_transfer
from verifier.statements.agreement.transfer import Transfer
from verifier.statements.control import Control
from verifier.statements.statement import (
    DEFAULT,
    HEURISTIC,
    NIGHTLY,
    PREDICTION,
    StatisticalStatement,
)
from verifier.statistics.median import median
from verifier.statistics.score import advantage, better
from verifier.trial.configuration import Configuration
from verifier.trial.experiment import Experiment
from verifier.trial.study import Study
from verifier.trial.trial import Trial

OFF, NOTICED = 0.02, 0.03
"""How far the mean of a cosine may be off, three times the remainder; the excess to be noticed."""

NARROWER = 10
"""The second network has a tenth of the first one's neurons."""


def _pair(
    f_time: float,
    g_time: float,
    width: int,
    dimension: int = 60,
    slope: float = 0.0,
    replicates: int = 130,
) -> Experiment:
    c = Configuration(
        data=Data("shifted", dimension, 20, separation=0.3),
        width=width,
        slope=slope,
        train_bias=slope == 0,
        f_steps=(f_time / 3,) * 3,
        g_steps=(g_time / 3,) * 3,
        eps=0.0,
        scenario="a",
        fresh_points=4,
    )
    return Experiment(f"T = {f_time:g} and {g_time:g}, m = {width}", (c,), replicates)


PAIRS = (_pair(3.0, 3.0, 1000),)
MORE_PAIRS = (_pair(3.0, 2.0, 1500, replicates=800), _pair(3.0, 3.0, 1000, 100, 0.1))


def _sides(c: Configuration) -> tuple[tuple[float, int], tuple[float, int]]:
    """Times and widths of both networks."""
    return (c.f_recipe.time, c.width), (c.g_recipe.time, c.width // NARROWER)


def _measured(trial: Trial) -> Tensor:
    """The cosine of both networks' gradients at each fresh point, (P,)."""
    c, start = trial.configuration, trial.draw
    narrow = Parameters(*(t[: c.width // NARROWER] for t in start.g_0))
    pair = (start.f_0, c.f_recipe), (narrow, c.g_recipe)
    ended = (trial.code.train(params, start.X, start.y, recipe) for params, recipe in pair)
    first, second = (trial.code.input_gradient(params, start.z, c.slope) for params in ended)
    return cosines(first, second)


def _given(trial: Trial, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """`|h|^2` and `c/T` at each fresh point, (P,)."""
    c, start = trial.configuration, trial.draw
    X, y, z = start.X.double(), start.y.double(), start.z.double()
    found = Transfer.at(z, X, y, c.slope, c.f_recipe.beta, generator)
    return found.square, found.rate


class Runs(NamedTuple):
    """Of all runs, (R, P): cosines, and what they are predicted from."""

    cosine: Tensor
    square: Tensor
    rate: Tensor


def runs(study: Study) -> Runs:
    """Trained once for all theories."""
    key = ("R6x", study.experiment)
    if key not in study.kept:
        generator = study.generator("neurons at kinks")
        trials = study.trials(study.experiment.only)
        rows = [(_measured(trial), *_given(trial, generator)) for trial in trials]
        study.kept[key] = Runs(*(torch.stack(part) for part in zip(*rows, strict=True)))
    found: Runs = study.kept[key]
    return found


def check(study: Study, out: Comparisons) -> None:
    """R6x against each rival, run by run, and by itself; and its formulas."""
    c, seen = study.experiment.only, runs(study)
    compare_transfer(study.theory[Transfer], _sides(c), out)

    def forecast(kind: type[Transfer]) -> Tensor:
        return kind(seen.square, seen.rate, c.slope).cosine(*_sides(c))

    stated = forecast(study.theory[Transfer])
    for name, kind in RIVALS.items():
        rival = forecast(kind)
        if not torch.equal(rival, stated):
            gained = advantage(stated, rival, seen.cosine).mean(dim=1)
            conclusion = f"squared error of the predicted cosine against a rival: {name}"
            out.statistic(better(conclusion, gained.cpu(), alpha=study.alpha))
    errors = (seen.cosine - stated).mean(dim=1).cpu()
    title = "cosine of two networks' gradients, measured less predicted"
    out.statistic(median(title, errors, OFF, alpha=study.alpha, wanted=NOTICED))
    means = {"predicted": float(stated.mean()), "measured": float(seen.cosine.mean())}
    out.series["cosines"] = means


class WithoutScatter(Transfer):
    def scatter(self, time: float, width: int) -> Tensor:
        # As if both were infinitely wide
        return torch.zeros_like(self.rate)


class ScatterThrice(Transfer):
    def scatter(self, time: float, width: int) -> Tensor:
        return 3 * super().scatter(time, width)


class ScatterHalfMore(Transfer):
    def scatter(self, time: float, width: int) -> Tensor:
        return 1.5 * super().scatter(time, width)


class StartLess(Transfer):
    def start(self) -> float:
        return 0.9 * super().start()


class WithoutStart(Transfer):
    def start(self) -> float:
        # As if both had begun at 0
        return 0.0


class StartTwice(Transfer):
    def start(self) -> float:
        # 1 + gamma^2
        return 2 * super().start()


RIVALS: dict[str, type[Transfer]] = {
    "R6x": Transfer,
    "no scatter": WithoutScatter,
    "3 c": ScatterThrice,
    "no start": WithoutStart,
    "the start twice": StartTwice,
}
"""That which is stated is no rival of itself."""

R6x = StatisticalStatement(
    id="R6x",
    statement="cos(nabla f_T, nabla f'_T') tends to T T' |h|^2/(D_m D'_m') of independent starts: "
    f"to {OFF}, and closer than each of {len(RIVALS) - 1} rivals",
    plain="How alike attacks on two networks are follows from the data they share.",
    kind=PREDICTION,
    basis=HEURISTIC,
    source="this project",
    proof="docs/agreement.md",
    rests_on=("R3c", "P2"),
    carries=(paper.CLASS_FEATURES,),
    needs=("train", "input_gradient"),
    latex=r"E \cos(\nabla f_T(z), \nabla f'_{T'}(z)) \to \frac{T T' |h|^2}{D_m D'_{m'}}, \quad "
    r"D_m^2 = T^2 |h|^2 + \frac{1 + \gamma^2}{2} + \frac{c}{\sqrt m}",
    compare=check,
    tests=len(RIVALS) + 1,
    experiments={DEFAULT: PAIRS, NIGHTLY: PAIRS + MORE_PAIRS},
)

CONTROLS = (
    Control("transfer-scatter", "no scatter", ("R6x",), altered={Transfer: WithoutScatter}),
    Control("transfer-thrice", "3 c", ("R6x",), altered={Transfer: ScatterThrice}),
    Control("transfer-half-more", "1.5 c", ("R6x",), altered={Transfer: ScatterHalfMore}),
    Control("transfer-start-less", "0.9 of the start", ("R6x",), altered={Transfer: StartLess}),
    Control("transfer-start", "no start", ("R6x",), altered={Transfer: WithoutStart}),
    Control("transfer-twice", "the start twice", ("R6x",), altered={Transfer: StartTwice}),
)
