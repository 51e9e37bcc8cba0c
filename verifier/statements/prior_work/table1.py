"""What the paper relaxes (its Table 1), row by row: prior work's setting less one assumption.

Each row names configurations that keep every other assumption of prior work, and the statements
that hold there all the same. The tests work out which
assumptions a statement on a configuration gives up, so that the table is checked, not asserted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration

DATA = "data distribution"
PERTURBATION = "perturbation"
TIME = "training time"
LOSS = "loss"
BIAS = "bias"
ACTIVATION = "activation"
WIDTH = "width"


@dataclass(frozen=True)
class Relaxation:
    """One row of Table 1.

    `row`: its name. `prior`, `paper`: what either assumes. `here`: what is checked here.
    `statements`: ids of the statements that hold on `configurations`, which give up this assumption
    and no other.
    """

    row: str
    prior: str
    paper: str
    here: str
    statements: tuple[str, ...]
    configurations: tuple[Configuration, ...]

    @property
    def goes_beyond(self) -> bool:
        """Whether the row relaxes prior work at all: at the width, the paper assumes more."""
        return self.row != WIDTH

    @property
    def label(self) -> str:
        """What the evidence of this row is labelled with."""
        return f"{'beyond' if self.goes_beyond else 'as'} prior work: {self.row}"


_GROWING = tuple(2.0**k for k in range(-2, 9))  # step sizes that grow, as the margins do

_STEADY = (3.0,) * 150  # growing steps overshoot without orthogonality
_LONGEST = tuple(4.0**k for k in range(-1, 12))  # where a single neuron has to do it all

_BASE = Configuration(
    Data("orthonormal", 12, 8, scale=3.0),
    width=64,
    slope=0.3,
    train_bias=False,
    f_steps=_GROWING,
    g_steps=(0.5, 1.0, 2.0, 4.0),
    eps=3.0,
    scenario="a",
    loss="exponential",
    biases=False,
)

PRIOR_SETTING = (
    _BASE,
    replace(_BASE, scenario="b", eps=9.0),
    replace(_BASE, loss="logistic", slope=0.1, data=replace(_BASE.data, labels="one")),
)
"""Prior work's setting itself: no assumption is given up."""

_ANY = ("E0", "E1", "E1b", "E2", "E3", "D1", "D2", "D3", "O3")
_ORTHOGONAL = (*_ANY, "O1", "O2")
_NO_BIAS = (*_ORTHOGONAL, "O4")
PRIOR_STATEMENTS = (*_NO_BIAS, "O5")

_MIXTURE = (("linear", 0.1), ("convex", 1.0), ("bounded", 0.5), ("rate", 1.0), ("offset", 0.0))

RELAXATIONS = (
    Relaxation(
        DATA,
        prior="mutually orthogonal samples",
        paper="any",
        here="any, duplicates, zeros and 1e-8 to 1e8 included",
        statements=_ANY,
        configurations=tuple(
            replace(_BASE, data=data, scenario=scenario, loss=loss, f_steps=steps)
            for data, scenario, loss, steps in (
                (Data("gaussian", 40, 20), "b", "logistic", _STEADY),
                (Data("shifted", 12, 30, separation=1.5), "a", "exponential", _GROWING),
                (Data("hypercube", 8, 20), "b", "logistic", _STEADY),
            )
        ),
    ),
    Relaxation(
        PERTURBATION,
        prior="from an oracle that knows the samples",
        paper="standard, gradient based",
        here="gradient based, with autograd as the witness",
        statements=("E4", "E5"),
        configurations=PRIOR_SETTING,
    ),
    Relaxation(
        TIME,
        prior="infinite",
        paper="any",
        here="any step sizes, momentum included",
        statements=PRIOR_STATEMENTS,
        configurations=(
            replace(_BASE, f_steps=(0.1,)),
            replace(_BASE, f_steps=(0.1, 0.2), scenario="b", momentum=0.9),
        ),
    ),
    Relaxation(
        LOSS,
        prior="exponential or logistic",
        paper="any differentiable non-decreasing",
        here="any differentiable non-decreasing",
        statements=_NO_BIAS,
        configurations=(
            replace(_BASE, loss="identity", f_steps=(20.0,)),
            replace(_BASE, loss="mixture", loss_constants=_MIXTURE, scenario="b"),
        ),
    ),
    Relaxation(
        BIAS,
        prior="none",
        paper="yes",
        here="trained or frozen",
        statements=_ORTHOGONAL,
        configurations=(
            replace(_BASE, biases=True, train_bias=True),
            replace(_BASE, biases=True, scenario="b"),
        ),
    ),
    Relaxation(
        ACTIVATION,
        prior="leaky ReLU",
        paper="ReLU and leaky ReLU",
        here="every slope in [0, 1], ReLU and the identity included",
        statements=PRIOR_STATEMENTS,
        configurations=(replace(_BASE, slope=0.0), replace(_BASE, slope=1.0, scenario="b")),
    ),
    Relaxation(
        WIDTH,
        prior="any",
        paper="sufficiently wide, finite",
        here="any in E and O; D and P say how wide is wide enough",
        statements=PRIOR_STATEMENTS,
        configurations=(
            replace(_BASE, width=1, f_steps=_LONGEST),
            replace(_BASE, width=7, scenario="b"),
            replace(_BASE, width=5000),
        ),
    ),
)
