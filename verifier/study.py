"""One study: the fixed experiment of a statistical claim, drawn again and again.

A search over configurations would void a stated error rate. A statistical claim therefore names
its experiments beforehand; what is random in them follows from the run-level seed alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verifier.configuration import Configuration, Draw, Settings
from verifier.described import seed_of
from verifier.errors import InputError, require, require_count
from verifier.implementation import Checked, Reference
from verifier.kernel import phi
from verifier.network import Parameters
from verifier.trial import Theory, Trial


@dataclass(frozen=True)
class Experiment:
    """Fixed configurations of a statistical claim, each drawn `replicates` times.

    `name`: short, unique within its claim. `configurations`: one; or one for each width of a rate;
    or the cells of a grid.
    """

    name: str
    configurations: tuple[Configuration, ...]
    replicates: int

    def __post_init__(self) -> None:
        require(bool(self.configurations), "configurations", "none", "must be at least one")
        require_count("replicates", self.replicates)

    @property
    def only(self) -> Configuration:
        """The configuration of an experiment that has just one."""
        found = len(self.configurations)
        require(found == 1, "configurations", found, f"must be one in {self.name}")
        return self.configurations[0]

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` returns an equal experiment."""
        configurations = [c.to_json() for c in self.configurations]
        return {"name": self.name, "configurations": configurations, "replicates": self.replicates}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Experiment:
        """The experiment that `to_json` described; raises `InputError`."""
        try:
            configurations = tuple(Configuration.from_json(c) for c in record["configurations"])
            return cls(str(record["name"]), configurations, record["replicates"])
        except (KeyError, TypeError) as problem:
            raise InputError("experiment", problem, "must hold an Experiment's fields") from None


class Study:
    """An experiment run by an implementation, under a theory, at a false-alarm rate.

    `alpha`: what each statistical test of the claim may spend. `memo`: results that do not depend
    on the theory, shared between studies of one implementation at one run seed.
    """

    def __init__(
        self,
        experiment: Experiment,
        alpha: float,
        implementation: Any = None,
        settings: Settings | None = None,
        theory: Theory | None = None,
        memo: dict[Any, Any] | None = None,
    ) -> None:
        self.experiment = experiment
        self._description = experiment.to_json()
        self.alpha = alpha
        self.implementation = Reference() if implementation is None else implementation
        self.code = Checked(self.implementation)
        self.settings = settings or Settings()
        self.theory = theory or Theory()
        self.memo: dict[Any, Any] = {} if memo is None else memo

    def seed(self, *key: Any) -> int:
        """A 63-bit seed from the run-level seed, the experiment and `key`."""
        return seed_of(self.settings.run_seed, self._description, *key)

    def generator(self, *key: Any) -> torch.Generator:
        """A CPU generator with that seed."""
        return torch.Generator(device="cpu").manual_seed(self.seed(*key))

    def trials(self, configuration: Configuration) -> Iterator[Trial]:
        """The independent replicates of one of the experiment's configurations."""
        for replicate in range(self.experiment.replicates):
            yield Trial(
                configuration, self.implementation, self.settings, self.theory, replicate=replicate
            )

    def fixed(self) -> Draw:
        """Data, targets and points of the only configuration that all replicates may share."""
        return Trial(self.experiment.only, self.implementation, self.settings).draw

    def networks(self, width: int, dimension: int, count: int, *key: Any) -> Parameters:
        """`count` fresh networks by the implementation's own `initialise`, float64.

        Leading dimension `count`. Neurons are independent, so one call for `count * width` neurons
        is `count` networks of that width; P2 tests that single calls for `width` give no others.
        """
        W, b, a = self.code.initialise(
            width * count, dimension, self.seed(*key), self.settings.device
        )
        return Parameters(
            W.reshape(count, width, dimension), b.reshape(count, width), a.reshape(count, width)
        )

    def phi(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        """`Phi`, (P, N), by the implementation if it offers a kernel, else in closed form."""
        return (self.code.kernel if "kernel" in self.code.offered else phi)(z, X, slope)
