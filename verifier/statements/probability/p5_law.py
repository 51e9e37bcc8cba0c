"""P5: the law of a prediction over random targets, and how often its sign is wrong at least."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.control import Control
from verifier.statements.probability.experiments import MORE_TARGETS, TARGETS, of_targets
from verifier.statements.probability.formulas import Concentration
from verifier.statements.probability.target_law import TargetLaw
from verifier.statements.probability.targets import OverTargets, over_targets
from verifier.statements.statement import DEFAULT, NIGHTLY, PROBABILITY, StatisticalStatement
from verifier.statistics.distribution import distribution
from verifier.trial.study import Study

WANTED = 0.06
"""The difference of two laws' probabilities that has to be noticed."""

# one sample: the law that is furthest from normal
FEW = (of_targets("all-one", 2, Data("shifted", 4, 1), 0.0, "b", 1.0),)


def check(study: Study, out: Comparisons) -> None:
    """P5 given one trained f, at each point apart."""
    c, seen = study.experiment.only, over_targets(study)
    theory = study.theory[Concentration](c.slope, c.width, study.phi)
    centres = theory.target_mean(seen.z, seen.attack)
    ranges = theory.target_ranges(seen.z, seen.attack)
    for p, (centre, row) in enumerate(zip(centres, ranges / (2 * ranges.shape[1]), strict=True)):
        law = study.theory[TargetLaw](float(centre), row.cpu())
        if seen.every:
            judge_all(law, seen, p, out)
        else:
            name, values = (
                f"law of g_hat over random targets, at fresh point {p + 1}",
                seen.predictions[:, p].cpu(),
            )
            out.statistic(distribution(name, values, law.cdf, alpha=study.alpha, wanted=WANTED))


def judge_all(law: TargetLaw, seen: OverTargets, p: int, out: Comparisons) -> None:
    """P5 at point p where there is a prediction for each of the targets: nothing is random."""
    found, slack = seen.predictions[:, p].cpu().sort().values, seen.rounding[p].cpu()
    due = law.outcomes()
    out.identity("g_hat over all targets, in order", found, due, slack.expand(len(found)))
    if law.spread() == 0:
        return  # g_hat is its mean
    exact = torch.full((), 1e-12, dtype=torch.float64, device="cpu")
    out.at_most("distance from the normal law", _distance(found, law), _number(law.error()), exact)
    wrong = (torch.sign(_number(law.centre)) * found <= slack).double().mean()
    out.at_most("least chance of the wrong sign", _number(law.least_wrong()), wrong, exact)


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64, device="cpu")


def _distance(ordered: Tensor, law: TargetLaw) -> Tensor:
    """The largest distance of the distribution of all predictions from the normal one."""
    n = len(ordered)
    normal = torch.special.ndtr((ordered - law.centre) / law.spread())
    rank = torch.arange(n, dtype=torch.float64, device="cpu")
    return torch.maximum(((rank + 1) / n - normal).abs(), (normal - rank / n).abs()).max()


P5 = StatisticalStatement(
    id="P5",
    statement="g_hat = mu + sum_n +-c_n over targets; P(wrong sign) >= N(-|mu|/sd) - .56 "
    "sum c_n^3/sd^3",
    plain="How often random targets turn a prediction has an exact law.",
    kind=PROBABILITY,
    source="this project, sharpens result 2",
    proof="docs/probability.md",
    rests_on=("P4",),
    carries=(paper.CLASS_FEATURES,),
    needs=("train", "perturb"),
    latex=r"\hat g(z) = \mu + \sum_n \pm c_n, \quad P(\hat g \text{ has the wrong sign}) \ge "
    r"N\left(-\frac{|\mu|}{\text{sd}}\right) - .56 \frac{\sum_n c_n^3}{\text{sd}^3}, \quad "
    r"c_n = \frac{R_n}{2N}",
    compare=check,
    tests=2,
    experiments={DEFAULT: FEW + TARGETS, NIGHTLY: FEW + TARGETS + MORE_TARGETS},
)


class NormalOutcomes(TargetLaw):
    def outcomes(self) -> Tensor:
        # The central limit, mean and variance right
        count = 2 ** len(self.steps)
        levels = (torch.arange(count, dtype=torch.float64, device="cpu") + 0.5) / count
        return self.centre + self.spread() * torch.special.ndtri(levels)


class StepsAlike(TargetLaw):
    def outcomes(self) -> Tensor:
        # All c_n equal, with the right variance
        alike = torch.full_like(self.steps, self.spread() / len(self.steps) ** 0.5)
        return TargetLaw(self.centre, alike).outcomes()


class SmallerConstant(TargetLaw):
    def error(self) -> float:
        # .3 for .56; no constant below .4097 holds for all laws
        return super().error() * 0.3 / 0.56


class NormalWrong(TargetLaw):
    def least_wrong(self) -> float:
        # As if the law were normal
        return super().least_wrong() + self.error()


class Unshifted(TargetLaw):
    def cdf(self, values: Tensor) -> tuple[Tensor, Tensor]:
        # Of the noise alone, without the mean
        return super().cdf(values + self.centre)


def _altered(name: str, what: str, law: type[TargetLaw]) -> Control:
    return Control(name, what, ("P5",), altered={TargetLaw: law})


CONTROLS = (
    _altered("targets-normal", "the central limit for the law", NormalOutcomes),
    _altered("targets-alike", "all c_n equal", StepsAlike),
    _altered("targets-constant", ".3 for .56", SmallerConstant),
    _altered("targets-normal-wrong", "N(-|mu|/sd) without the error", NormalWrong),
    _altered("targets-unshifted", "the law about 0", Unshifted),
)
