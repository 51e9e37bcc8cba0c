"""R5: the values of f and g and f's perturbations, predicted from the initial draws."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.agreement.experiments import MORE_VALUES, VALUES
from verifier.statements.agreement.finite_width import FiniteWidth
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.judging import cell_of, keep_cells
from verifier.statements.agreement.values import (
    Missing,
    Off,
    allowed,
    diagram_of,
    ended,
    missing,
    off,
)
from verifier.statements.control import Control
from verifier.statements.statement import (
    DEFAULT,
    HEURISTIC,
    NIGHTLY,
    PREDICTION,
    StatisticalStatement,
)
from verifier.statistics.bounded import bounded_mean
from verifier.statistics.median import median
from verifier.statistics.moments import mean
from verifier.trial.study import Study

WANTED = 1.0
"""The error of a square that has to be noticed, relative: what 320 runs allow whatever the law."""


WANTED_FLIPS = 0.5
"""The share of h's flip term that has to be noticed, beside what is excused."""


def check(study: Study, out: Comparisons) -> None:
    """R5: single runs, given both initial networks and the targets."""
    cells: list[dict[str, Any]] = []
    found: list[Off] = []
    left_out: list[Missing] = []
    for c in study.experiment.configurations:
        runs = ended(study, c)
        diagram = diagram_of(study.theory[PhaseDiagram], c, runs)
        may = allowed(study, c, runs)
        found.append(off(runs, c, diagram, may))
        left_out.append(missing(runs, c, diagram, may))
        measured = _agreement(runs.f, runs.g)
        f = diagram.f_prediction(runs.z, runs.f_0)
        g = diagram.g_prediction(runs.z, runs.g_0, runs.gradient, runs.targets)
        cells.append(cell_of(c, measured, **{"given the draws": _agreement(f, g)}))
    keep_cells(out, cells)
    f, g, nu = (torch.cat(part) for part in zip(*(each[:3] for each in found), strict=True))
    judge_values(Off(f, g, nu), study.alpha, out)
    judge_flips(Missing(*map(torch.cat, zip(*left_out, strict=True))), study.alpha, out)


def _agreement(f: Tensor, g: Tensor) -> Tensor:
    return ((f > 0) == (g > 0)).double().mean(dim=1)


def judge_values(found: Off, alpha: float, out: Comparisons) -> None:
    """R5's tests on independent runs: squares of normal errors have mean 1 and variance 2 at most.

    The directions' turn is at most the gradient's whole error: a bound, tested by bets, which
    need no variance.
    """
    for name, squares in (("f", found.f), ("g", found.g)):
        title = f"mean square of {name}'s error, times m, over V - C/(2 sqrt m)"
        out.statistic(mean(title, squares, 1.0, 2.0, alpha=alpha, wanted=WANTED))
    title = "turn of a perturbation from its predicted direction, over c + c2/sqrt m"
    low, high = torch.zeros_like(found.nu), torch.full_like(found.nu, torch.inf)
    out.statistic(bounded_mean(title, found.nu, low, high, 1.0, alpha=alpha, wanted=WANTED))


def judge_flips(found: Missing, alpha: float, out: Comparisons) -> None:
    """That predicted directions lack nothing of the flip term, nor have it twice; see `Missing`.

    A mean of hundreds of flips is nearly normal, so that its median is its mean.
    """
    title = "share of h's flip term that perturbations have beyond the prediction"
    bias = float(found.bias.max())
    out.statistic(median(title, found.share, bias, alpha=alpha, wanted=WANTED_FLIPS))


R5 = StatisticalStatement(
    id="R5",
    statement="f_T = f_0 + T_f f_hat, g_T = g_0 + T_g g_hat up to errors of mean square "
    "(V - C/(2 sqrt m))/m; nu along T_f h + nabla f_0 up to (c + c2/sqrt m)/sqrt m",
    plain="Both networks' outputs are predicted from data alone, with errors of known size.",
    kind=PREDICTION,
    basis=HEURISTIC,
    source="paper, result 3, conditional",
    proof="docs/agreement.md",
    rests_on=("R3c", "R1c"),
    carries=(paper.AGREEMENT, paper.BOTH_SCENARIOS),
    needs=("train", "output", "perturb"),
    latex=r"m E\left(g_T - g_0 - T_g \hat g\right)^2 = V - \frac{C}{2 \sqrt m}, \quad "
    r"\nu_n \parallel T_f h_n + \nabla f_0(x_n)",
    compare=check,
    tests=4,
    experiments={DEFAULT: VALUES, NIGHTLY: VALUES + MORE_VALUES},
)


def _third(z: Tensor, X: Tensor, slope: float) -> Tensor:
    return torch.full_like(z @ X.mT, 1 / 3)


class KernelConstant(PhaseDiagram):
    def __init__(self, *given: Any) -> None:
        # Phi = 1/3 everywhere
        super().__init__(*given)
        self.f_kernel = self.g_kernel = _third


class BiasesAlwaysTrained(PhaseDiagram):
    def __init__(self, *given: Any) -> None:
        # beta = 1
        super().__init__(*given)
        self.beta = 1.0


class SlopeOfReLU(PhaseDiagram):
    def __init__(self, *given: Any) -> None:
        # gamma = 0
        super().__init__(*given)
        self.slope = 0.0


class UnweightedSum(PhaseDiagram):
    def clean_gradient(self) -> Tensor:
        # Perturbations along the sum of the samples with their labels
        whole = (self.y.unsqueeze(-1) * self.X).mean(dim=-2, keepdim=True)
        return whole.expand(self.X.shape)


class PublishedDirection(PhaseDiagram):
    def flip_term(self) -> Tensor:
        # s for h
        return torch.zeros_like(self.X)


class FlipsTwice(PhaseDiagram):
    def flip_term(self) -> Tensor:
        return 2 * super().flip_term()


class FifthLess(PhaseDiagram):
    def clean_prediction(self, z: Tensor) -> Tensor:
        return 0.8 * super().clean_prediction(z)


class QuarterMore(PhaseDiagram):
    def clean_prediction(self, z: Tensor) -> Tensor:
        return 1.25 * super().clean_prediction(z)


class HalfTheSquare(FiniteWidth):
    def output_square(self, z: Tensor, width: int) -> Tensor:
        return super().output_square(z, width) / 2


def _altered(name: str, what: str, kind: type, formulas: type = PhaseDiagram) -> Control:
    return Control(name, what, ("R5",), altered={formulas: kind})


CONTROLS = (
    _altered("kernel-a-third", "Phi = 1/3", KernelConstant),
    _altered("biases-always-trained", "beta = 1", BiasesAlwaysTrained),
    _altered("slope-of-relu", "gamma = 0", SlopeOfReLU),
    _altered("unweighted-sum", "nu along the unweighted sum", UnweightedSum),
    _altered("directions-published", "s for h", PublishedDirection),
    _altered("flip-term-twice", "the flip term doubled", FlipsTwice),
    _altered("fifth-less", "T_f f_hat times 0.8", FifthLess),
    _altered("quarter-more", "T_f f_hat times 1.25", QuarterMore),
    _altered("half-the-square", "(V - C/(2 sqrt m))/2", HalfTheSquare, FiniteWidth),
)
"""Beside those of the chapter."""
