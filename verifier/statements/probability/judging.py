"""What the checks of P1-P4 share: the theory, what is measured once, and how moments are tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters
from verifier.statements.probability import measured
from verifier.statements.probability.formulas import Concentration
from verifier.statistics.moments import mean, variance
from verifier.trial.study import Study


def formulas_of(study: Study) -> Concentration:
    """The theory's formulas for the only configuration of a study."""
    c = study.experiment.only
    require(c.biases, "biases", c.biases, "must be true: P1-P3 speak of networks with biases")
    return study.theory[Concentration](c.slope, c.width, study.phi)


def measured_once(study: Study, name: str, measure: Callable[[Parameters], Tensor]) -> Tensor:
    """`measure` on every fresh network, (n, ...); done once, as no theory enters."""
    key = (name, study.experiment)
    if key not in study.kept:
        study.kept[key] = torch.cat([measure(batch) for batch in measured.networks(study)])
    found: Tensor = study.kept[key]
    return found


def two_samples(study: Study) -> tuple[Tensor, Tensor]:
    """The first two samples, (1, d) each: any two points that no network depends on."""
    X = study.fixed().X[:2].double()
    require(len(X) == 2, "samples", len(X), "must be at least 2")
    return X[:1], X[1:]


@dataclass(frozen=True)
class MomentTests:
    """Adds tests of moments that find errors of the share `wanted` of a quantity's `size`."""

    alpha: float
    out: Comparisons

    def mean(
        self,
        conclusion: str,
        values: Tensor,
        claimed: Tensor | float,
        spread: Tensor | float,
        wanted: float,
        size: Tensor | float | None = None,
    ) -> None:
        """`size`: of what the error is a share; the claimed value itself if None."""
        least = wanted * float(claimed if size is None else size)
        self.out.statistic(
            mean(conclusion, values, float(claimed), float(spread), alpha=self.alpha, wanted=least)
        )

    def variance(
        self,
        conclusion: str,
        values: Tensor,
        centre: Tensor,
        claimed: Tensor,
        fourth: Tensor,
        wanted: float = 0.05,
    ) -> None:
        """`centre`, `fourth`: the mean and the fourth central moment that the theory claims."""
        least = wanted * float(claimed)
        moments = float(centre), float(claimed), float(fourth)
        self.out.statistic(variance(conclusion, values, *moments, alpha=self.alpha, wanted=least))


DELTA = 0.01
"""P1 and P4 are tested where they allow this probability of failure..."""


NOTICED = 10 * DELTA
"""...and a pass means that it is below this one."""


_LEVELS = (0.5, 0.9, 0.99, 1.0)  # quantiles kept of ratios to a bound


def keep_ratios(out: Comparisons, name: str, ratios: Tensor) -> float:
    """Keeps quantiles of |difference| / bound over draws; returns that at 1 - DELTA.

    1 would say that the bound cannot be improved. NaN counts as the largest number: JSON has none.
    """
    largest = torch.finfo(ratios.dtype).max
    ratios = ratios.nan_to_num(nan=largest, posinf=largest)
    levels = torch.tensor((*_LEVELS, 1 - DELTA), dtype=ratios.dtype, device=ratios.device)
    *values, tight = torch.quantile(ratios, levels).tolist()
    out.series[name] = {"quantiles": list(_LEVELS), "values": values}
    return float(tight)
