"""N1: neurons are independent under the identity loss: the exact law of f and g at any width."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.agreement.experiments import MORE_POOLS, POOLS
from verifier.statements.agreement.judging import cell_of, judge_mean_share, keep_cells
from verifier.statements.agreement.neurons import NeuronLaw
from verifier.statements.agreement.own_sums import compare_sums
from verifier.statements.agreement.pools import (
    Networks,
    comparable,
    made_networks,
    pool,
    share,
    tasks,
    trained_networks,
    trained_pool,
)
from verifier.statements.statement import DEFAULT, EXACT, NIGHTLY, PREDICTION, StatisticalStatement
from verifier.statistics.bounded import bounded_mean
from verifier.statistics.moments import mean, variance
from verifier.statistics.symmetric import symmetric
from verifier.trial.study import Study

FEW = 3
"""Networks f that are compared with their pool; of g as many as the experiment has replicates."""

NARROW = 30
"""Up to this width Edgeworth's series is tested: beyond, the normal law is hard to tell from it."""

DEVIATIONS = 1.2
"""Errors of means that have to be noticed, in standard deviations: what 200 networks allow."""

SHARE, PROBABILITY = 0.25, 0.04
"""Errors that have to be noticed: of the share of agreement, and of the probability of a sign."""


def check(study: Study, out: Comparisons) -> None:
    """N1 for f on clean data, neuron by neuron; for g on perturbations, the whole law as well.

    Before that its formulas, for sums of a few terms.
    """
    given, c = tasks(study), study.experiment.only
    kind = study.theory[NeuronLaw]
    compare_sums(kind, given.g, out)
    same_neurons(study, "f", kind(c.width, given.f), FEW, out)
    law = kind(c.width, given.g)
    networks, Z = same_neurons(study, "g", law, study.experiment.replicates, out)
    same_chance(law, Z, out)
    made = made_networks(study, law, Z)
    judge_moments(law, networks.outputs, Z, study.alpha, out)
    judge_signs(law, made, Z, study.alpha, out)
    measured, predicted = (share(o, given.output) for o in (networks.outputs, made))
    judge_agreement(measured, predicted, study.alpha, out)
    extra = {"sign fixed": share(made, Z.mean(dim=0)), "given the draws": predicted}
    keep_cells(out, [cell_of(c, measured, **extra)])


def same_neurons(
    study: Study, name: str, law: NeuronLaw, count: int, out: Comparisons
) -> tuple[Networks, Tensor]:
    """That neurons end alone where they end among all others; the networks, and the pool's Z."""
    networks = trained_networks(study, name, law.task, count)
    trained = trained_pool(study, name, law)
    Z = law.terms(trained, pool(study).a)
    for k, bound in comparable(study, law.task, trained, networks):
        sums = law.output(Z[networks.neurons[k]])
        out.identity(f"{name}_T(z) = its neurons' sum in a pool", networks.outputs[k], sums, bound)
    return networks, Z


def same_chance(law: NeuronLaw, Z: Tensor, out: Comparisons) -> None:
    """That the chance of a sign is the sum of the series' terms, where that is a probability."""
    series = law.series(Z)
    terms = torch.stack(series)
    bound = 4 * torch.finfo(terms.dtype).eps * terms.abs().sum(dim=0)
    due = terms.sum(dim=0).clamp(0.0, 1.0)
    out.identity("P(sign of E Z) = the series' sum", law.right_sign(Z), due, bound)


def judge_moments(
    law: NeuronLaw, outputs: Tensor, Z: Tensor, alpha: float, out: Comparisons
) -> None:
    """Mean and variance over networks of their `outputs (R, P)` along the mean, averaged over z.

    A weighted sum of outputs is one of neurons too: the law's formulas hold for it.
    """
    along = Z.mean(dim=0).sign() / Z.shape[1]
    values, terms = outputs @ along, (Z @ along).unsqueeze(1)
    centre, square, quartic = (
        float(v) for v in (law.mean(terms), law.variance(terms), law.fourth(terms))
    )
    least = DEVIATIONS * square**0.5
    name = "g's outputs, weighed by the signs of their means"
    out.statistic(mean(f"mean of {name}", values, centre, square, alpha=alpha, wanted=least))
    least = DEVIATIONS * (quartic - square**2) ** 0.5
    moments = centre, square, quartic
    out.statistic(variance(f"variance of {name}", values, *moments, alpha=alpha, wanted=least))


def judge_signs(law: NeuronLaw, made: Tensor, Z: Tensor, alpha: float, out: Comparisons) -> None:
    """How often networks `made (B, P)` have the sign of `E Z`: the bound; if narrow, the series.

    The term in the skewness changes its sign at t = 1: points on both sides are weighed against
    each other, lest errors cancel; the point whose sign is least certain stands alone. The series'
    tolerance is the size of its last term. Weights and tolerance are the unaltered law's.
    """
    along = Z.mean(dim=0)
    most = float(law.wrong_sign_bound(Z).mean())
    name = "share of outputs of g that lack the sign of their mean"
    judge_mean_share(name, 1 - share(made, along), most, PROBABILITY, alpha, out)
    if law.width > NARROW:
        return
    own = NeuronLaw(law.width, law.task)
    predicted, tolerance = law.right_sign(Z), own.series(Z).second.abs()
    t = own.distance(Z)
    right = torch.where(made.isnan(), math.nan, (made * along > 0).double())
    weighed = "at uncertain less at sure points", slice(None), torch.where(t < 1, 1.0, -1.0).to(t)
    least = int(t.argmin())
    uncertain = "at the least certain point", slice(least, least + 1), torch.ones_like(t)
    for where, points, weight in (weighed, uncertain):
        p, w = predicted[points], weight[points]
        values = (w * (right[:, points] - p)).mean(dim=1)
        low = torch.where(w > 0, -p, p - 1).mean().expand(values.shape)
        high = torch.where(w > 0, 1 - p, p).mean().expand(values.shape)
        values = values.clamp(low, high)  # means of rows may round otherwise
        within = float(tolerance[points].mean())
        name = f"share with the sign of their mean, less Edgeworth's, {where}: within {within:.2g}"
        out.statistic(
            bounded_mean(name, values, low, high, within, alpha=alpha, wanted=PROBABILITY)
        )


def judge_agreement(measured: Tensor, predicted: Tensor, alpha: float, out: Comparisons) -> None:
    """Shares of points where g has f's sign: of trained networks (R,), of sums of neurons (B,)."""
    count = len(measured)
    require(count <= len(predicted), "replicates", count, "must not exceed LEAST_MADE")
    pairs = measured - predicted[:count]
    name = "agreement of f and g, of trained networks less of sums of neurons"
    out.statistic(symmetric(name, pairs, alpha=alpha, wanted=SHARE))


N1 = StatisticalStatement(
    id="N1",
    statement="f_T = (1/sqrt m) sum of m independent Z_i of one law, at any width and time: P(g_T "
    "has f_T's sign) from one pool of neurons, at the paper's own setting",
    plain="Under the loss -y f(x) neurons are independent, and agreement has an exact law.",
    kind=PREDICTION,
    basis=EXACT,
    source="paper, result 3, at its own setting",
    proof="docs/agreement.md",
    rests_on=("E0",),
    carries=(paper.AGREEMENT, paper.BOTH_SCENARIOS, paper.NARROWER),
    needs=("train", "output", "perturb"),
    latex=r"f_T(z) = \frac{1}{\sqrt m} \sum_{i=1}^m Z_i, \quad Z_i = a_i \phi(u_i(z; T)) "
    r"\text{ i.i.d.}, \quad E f_T = \sqrt m E Z, \quad \text{Var} f_T = \text{Var} Z",
    compare=check,
    tests=6,
    experiments={DEFAULT: POOLS, NIGHTLY: POOLS + MORE_POOLS},
)
