"""A fixed experiment of a statistical statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verifier.errors import InputError, require, require_count
from verifier.trial.configuration import Configuration

MOST_REPLICATES = 10**8


@dataclass(frozen=True)
class Experiment:
    """Fixed configurations of a statistical statement, each drawn `replicates` times.

    `name`: short, unique within its statement. `configurations`: one; or one for each width of a
    rate; or the cells of a grid.
    """

    name: str
    configurations: tuple[Configuration, ...]
    replicates: int

    def __post_init__(self) -> None:
        require(bool(self.configurations), "configurations", "none", "must be at least one")
        require_count("replicates", self.replicates)
        rule = f"must be at most {MOST_REPLICATES}: more would take years"
        require(self.replicates <= MOST_REPLICATES, "replicates", self.replicates, rule)

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
