"""Which premises are needed: the conclusion's failures with a premise kept and with it removed.

A theorem says what follows from its premises, not what happens without them. Here each premise is
broken on purpose, in a stated way, on independent draws. Fisher's exact test then says whether the
conclusion fails more often without it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from verifier.data.distributions import Data
from verifier.necessity.attacks import OF_ATTACKS
from verifier.necessity.failures import (
    BrokenIdentity,
    Disagreement,
    NoSignedSum,
    OutsidePriorBounds,
    SquaredError,
)
from verifier.necessity.feedback import OF_FEEDBACK
from verifier.necessity.neurons import OF_NEURONS
from verifier.necessity.premise import Premise, decide
from verifier.statements.broken_codes import Adam, SignDescent
from verifier.statements.statement import DEFAULT, NIGHTLY
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw
from verifier.trial.settings import Settings

FALSE_NECESSITIES = 1e-3
"""Probability, at most, that a survey of all premises calls one necessary that changes nothing."""

DRAWS = {DEFAULT: 32, NIGHTLY: 200}
"""Independent draws for each side of a premise, by size."""


def measure(
    premise: Premise,
    size: str = DEFAULT,
    settings: Settings | None = None,
    kept: dict[Any, Any] | None = None,
) -> dict[str, Any]:
    """Failures of the conclusion with the premise kept and removed, as plain data.

    `kept` keeps outcomes that several premises share. The two sides never share a draw.
    """
    settings = settings or Settings()
    kept = {} if kept is None else kept
    draws = DRAWS[size]
    rate = FALSE_NECESSITIES / len(PREMISES)
    counts = []
    for side, fails in enumerate((premise.kept, premise.removed)):
        key = ("necessity", fails, side, size, settings)
        if key not in kept:
            kept[key] = sum(fails(settings, side * draws + k) for k in range(draws))
        counts.append((kept[key], draws))
    p_value, verdict = decide(counts[0], counts[1], rate)
    sides = [{"draws": total, "failures": failures} for failures, total in counts]
    return {
        "name": premise.name,
        "premise": premise.statement,
        "conclusion": premise.conclusion,
        "violation": premise.violation,
        "kept": sides[0],
        "removed": sides[1],
        "p_value": p_value,
        "rate": rate,
        "verdict": verdict,
    }


_AGREE = "f and g agree on nine in ten fresh points"
_SUM = "every neuron moves by a sum of samples, each with its own label's sign (E1, E1b)"

_LEARNING = Configuration(
    Data("shifted", 10, 200, separation=1.0),
    width=500,
    slope=0.0,
    train_bias=True,
    f_steps=(2.0, 2.0, 2.0),
    g_steps=(20.0, 20.0, 20.0),
    eps=2.0,
    scenario="b",
    fresh_points=40,
)
_ALONE = replace(_LEARNING, scenario="a", eps=0.5)
_EXACT = Configuration(
    Data("gaussian", 12, 6),
    width=40,
    slope=0.3,
    train_bias=True,
    f_steps=(0.3,) * 10,
    g_steps=(0.3,),
    eps=1.0,
    scenario="a",
)
_ORTHOGONAL = replace(
    _EXACT,
    data=Data("orthonormal", 12, 6),
    train_bias=False,
    loss="logistic",
    fresh_points=40,
)
_AROUND_ZERO = Data("gaussian", 2, 1000, scale=5.0, labels="one")
_TWO_SIDED = Data("shifted", 12, 6, scale=0.3, separation=3.0, labels="random")


def _agreement(name: str, statement: str, violation: str, removed: Disagreement) -> Premise:
    kept = Disagreement(_ALONE if removed.configuration.scenario == "a" else _LEARNING)
    return Premise(name, statement, _AGREE, violation, kept, removed, is_proved=False)


def _all_wrong(start: Draw) -> Tensor:
    return -start.y


PREMISES = (
    _agreement(
        "width", "the networks are wide", "two neurons", Disagreement(replace(_LEARNING, width=2))
    ),
    _agreement(
        "perturbation size",
        "perturbations are long enough",
        "eps = 0.001",
        Disagreement(replace(_LEARNING, eps=1e-3)),
    ),
    _agreement(
        "sample size",
        "there are many perturbations",
        "two samples",
        Disagreement(replace(_LEARNING, data=replace(_LEARNING.data, samples=2))),
    ),
    _agreement(
        "training time",
        "f and g are trained long enough to outgrow their initial values",
        "T_f = T_g = 0.003",
        Disagreement(replace(_LEARNING, f_steps=(0.003,), g_steps=(0.003,))),
    ),
    _agreement(
        "independent targets, on samples",
        "target labels do not depend on the data, scenario (b)",
        "every target is the wrong label",
        Disagreement(_LEARNING, _all_wrong),
    ),
    _agreement(
        "independent targets, alone",
        "target labels do not depend on the data, scenario (a)",
        "every target is the wrong label",
        Disagreement(_ALONE, _all_wrong),
    ),
    Premise(
        "gradient descent",
        "the optimiser treats all coordinates alike",
        _SUM,
        "Adam",
        NoSignedSum(_EXACT),
        NoSignedSum(_EXACT, code=Adam),
    ),
    Premise(
        "gradient, not its sign",
        "the optimiser follows the gradient",
        _SUM,
        "descent along the signs of the gradient",
        NoSignedSum(_EXACT),
        NoSignedSum(_EXACT, code=SignDescent),
    ),
    Premise(
        "non-decreasing loss",
        "the loss never decreases in -y f(x)",
        _SUM,
        "squared error, which pulls large margins back",
        NoSignedSum(_EXACT),
        NoSignedSum(_EXACT, loss=SquaredError()),
    ),
    Premise(
        "homogeneous activation, output",
        "phi(u) = phi'(u) u",
        "f_T(z) = f~(z) + sum_n y_n C_n(z) (<x_n, z> + beta) (E2)",
        "tanh",
        BrokenIdentity(_EXACT, "output"),
        BrokenIdentity(_EXACT, "output", smooth=True),
    ),
    Premise(
        "homogeneous activation, gradient",
        "phi(u) = phi'(u) u",
        "nabla f_T(z) = xi_T(z) + sum_n y_n C_n(z) x_n (E1)",
        "tanh",
        BrokenIdentity(_EXACT, "gradient"),
        BrokenIdentity(_EXACT, "gradient", smooth=True),
    ),
    Premise(
        "orthogonal samples, angle",
        "samples are mutually orthogonal (prior work)",
        "what training adds to the gradient is within O2's angle of the oracle, everywhere",
        "samples of one class on all sides of 0, which nearly cancel in v",
        OutsidePriorBounds(_ORTHOGONAL, "angle"),
        OutsidePriorBounds(replace(_ORTHOGONAL, data=_AROUND_ZERO), "angle"),
    ),
    Premise(
        "orthogonal samples, margin",
        "samples are mutually orthogonal (prior work)",
        "every sample's margin grows by gamma^2 c_n tau_n at least (O5)",
        "samples on two sides of 0, labelled at random",
        OutsidePriorBounds(_ORTHOGONAL, "margin"),
        OutsidePriorBounds(replace(_ORTHOGONAL, data=_TWO_SIDED), "margin"),
    ),
    Premise(
        "no trained bias",
        "biases are not trained (prior work)",
        "every sample's margin grows by gamma^2 c_n tau_n at least (O5)",
        "biases trained as the weights are",
        OutsidePriorBounds(_ORTHOGONAL, "margin"),
        OutsidePriorBounds(replace(_ORTHOGONAL, train_bias=True), "margin"),
    ),
    *OF_NEURONS,
    *OF_FEEDBACK,
    *OF_ATTACKS,
)
"""Every premise that is tried."""
