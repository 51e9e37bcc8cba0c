"""P6: how accurate f and g are, from the settings alone: better than by every altered form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters
from verifier.statements import paper
from verifier.statements.agreement.accuracy import Accuracy
from verifier.statements.agreement.accuracy_experiments import (
    ACCURACIES,
    MORE_ACCURACIES,
    PARTS,
)
from verifier.statements.agreement.accuracy_parts import PART_OF, SURE_OF, compare_parts
from verifier.statements.agreement.accuracy_typical import compare_typical
from verifier.statements.agreement.own_accuracy import compare_accuracies
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
from verifier.trial.learning import learn
from verifier.trial.study import Study
from verifier.trial.trial import Trial

FRESH = 200
"""Points of both classes at which each run is scored."""

RESOLUTION = 0.15
"""A rival is judged by the settings where it differs by this much: known before any outcome."""

OFF, ENOUGH = 0.02, 50
"""How far an accuracy may be off where there are so many samples or more."""

NOTICED = 0.25
"""The excess over it that has to be noticed."""

OF: dict[str, Callable[[Accuracy], float]] = {
    "g": lambda a: a.of_g(),
    "f": lambda a: a.of_f(),
    "f on its samples": lambda a: a.of_f(on_samples=True),
}
"""What is predicted."""


class Measured(NamedTuple):
    """Shares of right signs in each run, (R,): of g and f at fresh points, of f at its samples."""

    g: Tensor
    f: Tensor
    on_samples: Tensor


def _right(trial: Trial, network: Parameters, x: Tensor, y: Tensor) -> Tensor:
    """The share of points with the right sign, (); NaN, which no test accepts, for NaN."""
    f = trial.code.output(network, x, trial.configuration.slope)
    return torch.where(f.isnan(), math.nan, (f * y > 0).double()).mean()


def _accuracies(trial: Trial, generator: torch.Generator) -> Tensor:
    c, start = trial.configuration, trial.draw
    f, _, g = learn(trial.code, start, c)
    shape = FRESH, c.data.dimension
    noise = torch.randn(*shape, generator=generator, dtype=torch.float64, device="cpu")
    y = torch.ones(FRESH, dtype=torch.float64, device="cpu")
    y[::2] = -1
    z, y = (c.data.separation * y[:, None] + noise).to(start.X), y.to(start.X)
    shares = _right(trial, g, z, y), _right(trial, f, z, y), _right(trial, f, start.X, start.y)
    return torch.stack(shares)


def measured(study: Study, c: Configuration) -> Measured:
    """The accuracies of all runs of one setting; trained once for all theories."""
    key = ("P6", c, study.experiment.replicates)
    if key not in study.kept:
        generator = study.generator("fresh points", c.to_json())
        runs = [_accuracies(trial, generator) for trial in study.trials(c)]
        study.kept[key] = Measured(*torch.stack(runs, dim=1).cpu())
    found: Measured = study.kept[key]
    return found


def check(study: Study, out: Comparisons) -> None:
    """P6 against each rival, at the settings that tell it; then by itself, and part by part."""
    alpha = study.alpha
    advantages: dict[str, list[Tensor]] = {}
    rows = []
    for c in study.experiment.configurations:
        shares, stated = measured(study, c), study.theory[Accuracy].of(c)
        for (name, forecast), found in zip(OF.items(), shares, strict=True):
            due = forecast(stated)
            error = float(found.std() / len(found) ** 0.5)
            told = {"of": name, "predicted": due, "measured": float(found.mean())}
            rows.append({**vars(stated), **told, "standard error": error})
            if c.data.samples >= ENOUGH:
                where = f"d = {c.data.dimension}, c = {c.data.separation:g}, eps = {c.eps:g}"
                title = f"accuracy of {name}, measured less predicted, {where}"
                out.statistic(median(title, found - due, OFF, alpha=alpha, wanted=NOTICED))
            for what, rival, kind in RIVALS:
                other = forecast(kind.of(c))
                if what == name and not abs(other - due) < RESOLUTION:  # NaN is judged, and refuted
                    conclusion = f"Brier score of the accuracy of {name} against a rival: {rival}"
                    gained = advantage(_number(due), _number(other), found)
                    advantages.setdefault(conclusion, []).append(gained)
    for conclusion, gains in advantages.items():
        out.statistic(better(conclusion, torch.cat(gains), alpha=alpha))
    for c in PARTS:
        stated = study.theory[Accuracy].of(c)
        compare_typical(stated, out)
        compare_accuracies(stated, out)
        compare_parts(study, c, stated, out)
    out.series["accuracies"] = rows


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64, device="cpu")


class WithoutBayes(Accuracy):
    def bayes(self) -> float:
        # A fresh point as if it had no noise along mu
        return 0.0


class WithoutStart(Accuracy):
    def start(self) -> float:
        # f as if it had begun at 0
        return 0.0

    def of_start(self) -> float:
        # Neither in length nor in noise
        return 0.0


class WithoutSamples(Accuracy):
    def of_samples(self) -> float:
        # As if the samples had no noise
        return 0.0


class WithoutTargets(Accuracy):
    def targets(self) -> float:
        # As if there were as many targets of either sign
        return 0.0


class WithoutOutput(Accuracy):
    def own_output(self) -> float:
        # g as if it had begun at 0
        return 0.0


class WithoutItself(Accuracy):
    def own_sample(self) -> float:
        # A sample as if it had not been learnt from
        return 0.0


class ThirdAsLong(Accuracy):
    def of_g(self) -> float:
        # Perturbations
        return Accuracy.of_g(replace(self, eps=self.eps / 3))


class TenthOfTheTime(Accuracy):
    def of_f(self, on_samples: bool = False) -> float:
        # f
        return Accuracy.of_f(replace(self, f_time=self.f_time / 10), on_samples)


class FlipsLess(Accuracy):
    def flips(self) -> float:
        return 0.95 * super().flips()


class SignalMore(Accuracy):
    def signal(self) -> float:
        return 1.05 * super().signal()


class NoiseLess(Accuracy):
    def noise(self) -> float:
        return 0.95 * super().noise()


_ALTERED: tuple[tuple[str, str, str, type[Accuracy]], ...] = (
    ("g", "accuracy-bayes", "no noise along mu", WithoutBayes),
    ("g", "accuracy-start", "f that begins at 0", WithoutStart),
    ("g", "accuracy-samples", "samples without noise", WithoutSamples),
    ("g", "accuracy-targets", "targets that cancel", WithoutTargets),
    ("g", "accuracy-output", "g that begins at 0", WithoutOutput),
    ("g", "accuracy-third", "eps/3", ThirdAsLong),
    ("f", "accuracy-early", "T_f/10", TenthOfTheTime),
    ("f on its samples", "accuracy-itself", "a sample that was not learnt from", WithoutItself),
)
RIVALS: tuple[tuple[str, str, type[Accuracy]], ...] = (
    *((of, what, kind) for of, _, what, kind in _ALTERED),
    *((of, "P6", Accuracy) for of in OF),
)
"""What each predicts, and how; that which is stated is no rival of itself."""

_SLIGHTLY: tuple[tuple[str, str, type[Accuracy]], ...] = (
    ("accuracy-flips-less", "0.95 of what flips add", FlipsLess),
    ("accuracy-signal-more", "1.05 of the signal", SignalMore),
    ("accuracy-noise-less", "0.95 V", NoiseLess),
)

CONTROLS = tuple(
    Control(name, what, ("P6",), altered={Accuracy: kind})
    for name, what, kind in (*(row[1:] for row in _ALTERED), *_SLIGHTLY)
)

MOST_JUDGED = max(
    sum(c.data.samples >= ENOUGH for c in experiment.configurations)
    for experiment in ACCURACIES + MORE_ACCURACIES
)

P6 = StatisticalStatement(
    id="P6",
    statement="accuracy of f and g from c, d, N, gamma, beta, T_f, T_g, eps alone: better by "
    f"Brier's score than each of {len(_ALTERED)} rivals",
    plain="The accuracy of f and g follows from the settings (heuristic).",
    kind=PREDICTION,
    basis=HEURISTIC,
    source="this project, a heuristic in 1/d and 1/N",
    proof="docs/agreement.md",
    rests_on=("R3c", "P4"),
    carries=(paper.CLASS_FEATURES,),
    needs=("train", "output", "perturb"),
    latex=r"P(y g_T(z) > 0) \approx N\left(\frac{T_g \epsilon \Phi_a T_f (\alpha + \delta) "
    r"c^2 d / D}{\sqrt{(1 + \gamma^2) S/2 + T_g^2 \Phi_a^2 (\beta/N + \epsilon^2 V)}}\right)",
    compare=check,
    tests=len(_ALTERED) + len(OF) * (1 + MOST_JUDGED) + len(PARTS) * len({**PART_OF, **SURE_OF}),
    experiments={DEFAULT: ACCURACIES, NIGHTLY: ACCURACIES + MORE_ACCURACIES},
)
