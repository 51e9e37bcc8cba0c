"""One configuration: everything that decides a trial, as plain data; and the draw it stands for.

Hypothesis, or a user, chooses a configuration. The samples, networks and targets follow from a
generator seeded by a hash of the configuration and a run-level seed, so that no search over
configurations can hunt for an unlucky draw, and every record is reproducible from its JSON.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch

from verifier.data.distributions import Data
from verifier.errors import as_float, require, require_count
from verifier.model.losses import Loss, named_loss
from verifier.model.network import check_slope
from verifier.model.recipe import Recipe
from verifier.trial.description import Described, seed_of

SCENARIOS = ("a", "b")
DTYPES = {"float64": torch.float64, "float32": torch.float32}


@dataclass(frozen=True)
class Configuration(Described):
    """Data, network, the two training recipes, the attack and the floating-point type.

    `width` is m; `slope` gamma; `train_bias` beta; `f_steps`, `g_steps` are step sizes of the
    clean and the perturbation training, both with `momentum` and `loss` (a name and constants);
    `eps` the length of a perturbation; `scenario` "a" (perturbations alone) or "b" (on samples).
    `biases`: False for a network without hidden biases, as prior work has it: b = 0 throughout.
    """

    _TUPLES: ClassVar[tuple[str, ...]] = ("f_steps", "g_steps")

    data: Data
    width: int
    slope: float
    train_bias: bool
    f_steps: tuple[float, ...]
    g_steps: tuple[float, ...]
    eps: float
    scenario: str
    momentum: float = 0.0
    loss: str = "identity"
    loss_constants: tuple[tuple[str, float], ...] = ()
    dtype: str = "float64"
    fresh_points: int = 6
    biases: bool = True

    def __post_init__(self) -> None:
        # 1 and 1.0 are equal, so they must stand for the same draw
        for name in ("slope", "eps", "momentum"):
            object.__setattr__(self, name, as_float(name, getattr(self, name)))
        for name in ("f_steps", "g_steps"):
            steps = getattr(self, name)
            if isinstance(steps, tuple | list):
                object.__setattr__(self, name, tuple(as_float("steps", eta) for eta in steps))
        constants = tuple((str(k), as_float(k, v)) for k, v in self.loss_constants)
        object.__setattr__(self, "loss_constants", constants)
        require(isinstance(self.data, Data), "data", self.data, "must be a Data description")
        require_count("width", self.width)
        require_count("fresh_points", self.fresh_points)
        truth = isinstance(self.train_bias, bool)
        require(truth, "train_bias", repr(self.train_bias), "must be true or false")
        require(isinstance(self.biases, bool), "biases", repr(self.biases), "must be true or false")
        possible = self.biases or not self.train_bias
        require(possible, "train_bias", self.train_bias, "must be false where there are no biases")
        check_slope(self.slope)
        require(
            math.isfinite(self.eps) and self.eps >= 0,
            "eps",
            self.eps,
            "must be finite and non-negative",
        )
        require(self.scenario in SCENARIOS, "scenario", repr(self.scenario), "must be 'a' or 'b'")
        require(self.dtype in DTYPES, "dtype", repr(self.dtype), f"must be one of {list(DTYPES)}")
        _ = self.f_recipe, self.g_recipe  # raises for bad steps, momentum or loss

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype in which the implementation computes."""
        return DTYPES[self.dtype]

    @property
    def loss_function(self) -> Loss:
        """The training loss."""
        return named_loss(self.loss, **dict(self.loss_constants))

    def _recipe(self, steps: tuple[float, ...]) -> Recipe:
        return Recipe(steps, self.loss_function, self.slope, self.momentum, self.train_bias)

    @property
    def f_recipe(self) -> Recipe:
        """How f is trained, on clean data."""
        return self._recipe(self.f_steps)

    @property
    def g_recipe(self) -> Recipe:
        """How g is trained, on perturbations."""
        return self._recipe(self.g_steps)

    def seed(self, run_seed: int, replicate: int = 0) -> int:
        """A 63-bit seed from a hash of this configuration, the run-level seed and `replicate`."""
        described = self.to_json()
        if self.biases:
            del described["biases"]  # the usual case is seeded by the other fields alone
        return seed_of(run_seed, described, *([replicate] if replicate else []))
