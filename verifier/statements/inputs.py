"""What a statement's configurations look like: how one is run, read back, and drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verifier.errors import require
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial


@dataclass(frozen=True)
class Inputs:
    """One kind of configurations; statements with the same inputs share their trials.

    `name`: short and unique. `strategy`: "module:function" that makes the Hypothesis strategy,
    named by its place, since the library itself must not need Hypothesis. `trial`: what a
    configuration is run as. `read`: a configuration from plain data. `cost`: a search gets this
    many times fewer examples than the profile says. `ladder`: "module:name" of the rungs that are
    met beside the search (verifier.suite.ladder); empty if there are none.
    """

    name: str
    strategy: str
    trial: Callable[..., Any] = Trial
    read: Callable[[dict[str, Any]], Any] = Configuration.from_json
    cost: int = 1
    ladder: str = ""

    def trial_of(self, configuration: Any, subject: Subject, start: Draw | None = None) -> Any:
        """The trial of a configuration; `InputError` for a `start` that its kind cannot have."""
        if start is None:
            return self.trial(configuration, subject)
        require(
            self.trial is Trial,
            "statement",
            f"one about {self.name} configurations",
            "is not about one trained network, and takes no draw",
        )
        return self.trial(configuration, subject, start)


ANY = Inputs(
    "any", "verifier.suite.strategies:exact_configurations", ladder="verifier.suite.ladder:LADDER"
)
"""Every kind of data and network that a correct code and a true statement must survive."""

WIDE = Inputs("wide", "verifier.suite.strategies:wide_configurations", cost=10)
"""Wide networks on well-scaled data, where premises can hold; with 24 fresh points each."""

LIBRARY = Inputs("of the library", "verifier.suite.library:library_configurations", cost=130)
"""For statements about functions of this library, with much in each configuration."""
