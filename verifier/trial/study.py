"""One study: the fixed experiment of a statistical statement, drawn again and again.

A search over configurations would void a stated error rate. A statistical statement therefore names
its experiments beforehand; what is random in them follows from the run-level seed alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from verifier.model.network import Parameters
from verifier.trial.configuration import Configuration
from verifier.trial.description import seed_of, seed_of_draw
from verifier.trial.draw import Draw, draw
from verifier.trial.experiment import Experiment
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

_READ = 1 << 32
"""How many seeds a generator may tell apart; two that agree in these bits may be one draw."""


class Study:
    """An experiment run by the subject's code.

    `alpha`: what each statistical test of the statement may spend. `kept`: the subject's results
    that do not depend on the theory, shared between studies.
    """

    def __init__(
        self,
        experiment: Experiment,
        alpha: float,
        subject: Subject | None = None,
    ) -> None:
        self.experiment = experiment
        self._description = experiment.to_json()
        self.alpha = alpha
        self.subject = subject or Subject()
        self.code = self.subject.code
        self.theory = self.subject.theory
        self.settings = self.subject.settings
        self.kept = self.subject.kept

    def seed(self, *key: Any) -> int:
        """A 63-bit seed from the run-level seed, the experiment and `key`."""
        return seed_of(self.settings.run_seed, self._description, *key)

    def generator(self, *key: Any) -> torch.Generator:
        """A CPU generator with that seed."""
        return torch.Generator(device="cpu").manual_seed(self.seed(*key))

    def trials(self, configuration: Configuration) -> Iterator[Trial]:
        """The independent replicates of one of the experiment's configurations.

        No draw of another configuration has a seed that a generator could take for one of theirs.
        """
        for replicate in self._replicates[configuration]:
            yield Trial(configuration, self.subject, replicate=replicate)

    @cached_property
    def _replicates(self) -> dict[Configuration, range]:
        """By configuration, numbers of replicates whose seeds all differ in what is read of them.

        They begin with 0, but where two hashes happen to be so near that counters from them meet.
        """
        count = self.experiment.replicates
        several = dict.fromkeys(self.experiment.configurations)
        found = {configuration: range(count) for configuration in several}
        taken: set[int] = set()
        for configuration in several if len(several) > 1 else ():
            base = configuration.seed(self.settings.run_seed)
            numbers = found[configuration]
            while taken & _read(base, numbers):
                numbers = range(numbers.stop, numbers.stop + count)
            found[configuration] = numbers
            taken |= _read(base, numbers)
        return found

    def fixed(self) -> Draw:
        """Data, targets and points of the only configuration that all replicates may share."""
        return draw(self.experiment.only, self.settings)

    def networks(self, width: int, dimension: int, count: int, name: str, index: int) -> Parameters:
        """`count` fresh networks by the implementation's own `initialise`, float64.

        Call number `index` of those called `name`, each by a seed of its own.

        Leading dimension `count`. Neurons are independent, so one call for `count * width` neurons
        is `count` networks of that width; P2 tests that single calls for `width` give no others.
        """
        W, b, a = self.code.initialise(
            width * count,
            dimension,
            seed_of_draw(self.seed(name), index),
            self.settings.device,
        )
        return Parameters(
            W.reshape(count, width, dimension), b.reshape(count, width), a.reshape(count, width)
        )

    def phi(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        """See `Subject.phi`."""
        return self.subject.phi(z, X, slope)


def _read(base: int, numbers: Iterable[int]) -> set[int]:
    return {seed_of_draw(base, number) % _READ for number in numbers}
