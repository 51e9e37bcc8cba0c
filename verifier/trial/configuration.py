"""One configuration: everything that decides a trial, as plain data; and the draw it stands for.

Hypothesis, or a user, chooses a configuration. The samples, networks and targets follow from a
generator seeded by a hash of the configuration and a run-level seed, so that no search over
configurations can hunt for an unlucky draw, and every record is reproducible from its JSON.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from verifier.data.distributions import Data
from verifier.errors import require
from verifier.model.attack import L2, Attack
from verifier.model.network import check_slope
from verifier.model.recipe import Recipe
from verifier.trial.description import Described, seed_of, seed_of_draw
from verifier.trial.kink_free import SLOPES_AT_MOST_ONE

SCENARIOS = ("a", "b")


@dataclass(frozen=True)
class Configuration(Described):
    """Data, network, the two training recipes, the attack and the floating-point type.

    `width` is m; `slope` gamma; `train_bias` beta; `f_steps`, `g_steps` are step sizes of the
    clean and the perturbation training, both with `momentum` and `loss` (a name and constants);
    `eps` the length of a perturbation; `scenario` "a" (perturbations alone) or "b" (on samples).
    `biases`: False for a network without hidden biases, as prior work has it: b = 0 throughout.
    `kink_free`: True for biases so large that no pre-activation of a sample can reach its kink.
    `attack`: the name of a `model.attack.Attack`, in whose norm eps is a length.
    """

    _STEPS: ClassVar[tuple[str, ...]] = ("f_steps", "g_steps")
    _TUPLES: ClassVar[tuple[str, ...]] = _STEPS
    _FLOATS: ClassVar[tuple[str, ...]] = ("slope", "eps", "momentum")
    _COUNTS: ClassVar[tuple[str, ...]] = ("width", "fresh_points")
    _TRUTHS: ClassVar[tuple[str, ...]] = ("train_bias", "biases", "kink_free")
    _LATER: ClassVar[tuple[str, ...]] = ("attack",)

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
    kink_free: bool = False
    attack: str = L2.name

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.biases or not self.train_bias,
            "train_bias",
            self.train_bias,
            "must be false where there are no biases",
        )
        require(
            not self.kink_free or (self.biases and self.loss in SLOPES_AT_MOST_ONE),
            "kink_free",
            self.kink_free,
            f"needs biases, and a loss among {', '.join(SLOPES_AT_MOST_ONE)}",
        )
        check_slope(self.slope)
        require(
            math.isfinite(self.eps) and self.eps >= 0,
            "eps",
            self.eps,
            "must be finite and non-negative",
        )
        require(self.scenario in SCENARIOS, "scenario", repr(self.scenario), "must be 'a' or 'b'")
        _ = self.f_recipe, self.g_recipe  # raises for bad steps or momentum
        object.__setattr__(self, "attack", self.attack_by.name)  # one name for each

    def _recipe(self, steps: tuple[float, ...]) -> Recipe:
        return Recipe(steps, self.loss_function, self.slope, self.momentum, self.train_bias)

    @property
    def attack_by(self) -> Attack:
        """The attack, in whose norm eps is a length."""
        return Attack.named(self.attack)

    @property
    def f_recipe(self) -> Recipe:
        """How f is trained, on clean data."""
        return self._recipe(self.f_steps)

    @property
    def g_recipe(self) -> Recipe:
        """How g is trained, on perturbations."""
        return self._recipe(self.g_steps)

    def seed(self, run_seed: int, replicate: int = 0) -> int:
        """A 63-bit seed from a hash of this and the run-level seed, and `replicate`."""
        described = self.to_json()
        # the usual case is seeded by the other fields alone
        if self.biases:
            del described["biases"]
        if not self.kink_free:
            del described["kink_free"]
        return seed_of_draw(seed_of(run_seed, described), replicate)
