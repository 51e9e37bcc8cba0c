"""The paper's results in this project's words, and what each one generalises over.

A result is covered if every statement that carries it is supported and everything that it
generalises over was drawn (`report.coverage`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.data.distributions import FAMILIES
from verifier.model.losses import LOSSES


@dataclass(frozen=True, eq=False)
class PaperResult:
    """One result of a paper.

    `sentence`: what it says. `drawn`: for each variety (`report.coverage.VARIETIES`) the values
    that must occur in the evidence of every statement that carries it. `is_open`: the paper asks
    it, and leaves the answer open.
    """

    sentence: str
    drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_open: bool = False


SIGNED_SUM = PaperResult(
    "A perturbation is parallel to a sum of the training samples, each weighted with its own "
    "label's sign"
)
CLASS_FEATURES = PaperResult(
    "Perturbations carry features of the true classes although their targets are random, "
    "so a network can learn from them"
)
AGREEMENT = PaperResult(
    "A wide network that learns from perturbations under random labels predicts as the clean one"
)
BOTH_SCENARIOS = PaperResult(
    "It does so from perturbations alone (a) and from perturbed samples (b)",
    {"scenario": ("(a)", "(b)")},
)
ANY_DISTRIBUTION = PaperResult("The data may have any distribution", {"data": tuple(FAMILIES)})
USUAL_ATTACK = PaperResult("The perturbation is the usual one, made from the gradient")
ANY_TIME_AND_LOSS = PaperResult(
    "Training may stop at any time, under any differentiable non-decreasing loss",
    {"loss": tuple(LOSSES)},
)
ANY_NETWORK = PaperResult(
    "Biases may be trained; the activation may be ReLU or leaky ReLU; the width is finite",
    {"biases": ("trained", "frozen"), "activation": ("ReLU", "leaky ReLU")},
)
PRIOR_WORK = PaperResult(
    "Prior work is a special case: orthogonal data, long training, an oracle's perturbations",
    {"loss": ("exponential", "logistic"), "scenario": ("(a)", "(b)")},
)
DEEPER = PaperResult("Left open by the paper: deeper networks", is_open=True)
NARROWER = PaperResult("Left open by the paper: narrower networks", is_open=True)
OTHER_ATTACKS = PaperResult("Left open by the paper: other attacks", is_open=True)
MORE_DATA = PaperResult("Left open by the paper: more data, as of many classes", is_open=True)

RESULTS = (
    SIGNED_SUM,
    CLASS_FEATURES,
    AGREEMENT,
    BOTH_SCENARIOS,
    ANY_DISTRIBUTION,
    USUAL_ATTACK,
    ANY_TIME_AND_LOSS,
    ANY_NETWORK,
    PRIOR_WORK,
    DEEPER,
    NARROWER,
    OTHER_ATTACKS,
    MORE_DATA,
)
"""In the order in which reports list and number them, and by which sources name them."""
