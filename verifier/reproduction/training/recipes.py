"""The two ways of training that the figures compare: as published, and as the theory has it.

*Published*: SGD with momentum 0.9, the learning rate cut tenfold where the loss stops falling, and
of several learning rates whichever looks best at the end. *Theory*: plain gradient descent, step
by step to the same effective time as the largest of these rates without cuts, and no selection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from verifier.errors import require
from verifier.reproduction.panels import PointSetting

MOMENTUM = 0.9
PATIENCE = 10  # epochs without improvement before a cut
CUT = 0.1
IMPROVEMENT = 1e-4  # relative to the best loss so far
LEAST_CUT = 1e-8  # smaller changes of the rate are not made


@dataclass(frozen=True)
class Schedule:
    """How step sizes follow from a learning rate; see the module."""

    name: str
    momentum: float
    plateau: bool

    def step(self, epoch: int) -> float:
        """The step of epoch 1, 2, ... in units of the rate, before any cut.

        The theory's grows to `1/(1 - 0.9)`, so that after any number of epochs its T is heavy
        ball's.
        """
        return 1.0 if self.momentum else (1 - MOMENTUM**epoch) / (1 - MOMENTUM)

    def sizes(self, epochs: int) -> list[tuple[float, float]]:
        """Of each epoch its step, and that times how far a gradient has moved a weight by then.

        Both per unit of the rate, before any cut.
        """
        found, weight = [], 0.0
        for epoch in range(1, epochs + 1):
            step, weight = self.step(epoch), self.momentum * weight + 1
            found.append((step, weight * step))
        return found

    def applied(self, setting: PointSetting) -> PointSetting:
        """The setting with the learning rates that this recipe runs."""
        if self.plateau:
            return setting
        return replace(setting, rates_f=setting.rates_f[:1], rates_g=setting.rates_g[:1])


PUBLISHED = Schedule("published", MOMENTUM, plateau=True)
THEORY = Schedule("theory", 0.0, plateau=False)
SCHEDULES = {schedule.name: schedule for schedule in (PUBLISHED, THEORY)}


def schedule_named(name: str) -> Schedule:
    """The recipe called `name`; raises `InputError`."""
    require(name in SCHEDULES, "recipe", repr(name), f"must be one of {', '.join(SCHEDULES)}")
    return SCHEDULES[name]
