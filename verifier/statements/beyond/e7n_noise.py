"""E7n: what the choice of batches adds to outputs, under each sampler, by every choice there is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import torch
from torch import Tensor

from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.kernel.initial import initial_kernel
from verifier.model.network import as_double
from verifier.model.recipe import Recipe
from verifier.statements.beyond.batch_trial import BatchConfiguration, BatchTrial
from verifier.statements.beyond.batches import Batches
from verifier.statements.control import Control
from verifier.statements.inputs import Inputs
from verifier.statements.statement import ADDED, IDENTITY, PathwiseStatement
from verifier.trial.rounding import RoundingBound
from verifier.trial.trained import Trained

CHOSEN = Inputs(
    "chosen",
    "verifier.suite.batches:chosen_configurations",
    BatchTrial,
    BatchConfiguration.from_json,
    cost=20,
)
"""So few samples and steps that every choice of batches can be made, and no pattern changes."""


def _partitions(samples: tuple[int, ...], size: int) -> list[tuple[tuple[int, ...], ...]]:
    """All ways to go through `samples` in batches of one size, in order."""
    if not samples:
        return [()]
    return [
        (first, *rest)
        for first in combinations(samples, size)
        for rest in _partitions(tuple(n for n in samples if n not in first), size)
    ]


def every_choice(sampler: str, samples: int, size: int, steps: int) -> Tensor:
    """All equally likely sequences of batches, (S, steps, size)."""
    if sampler == "epochs":
        epoch = _partitions(tuple(range(samples)), size)
        several = product(epoch, repeat=-(-steps * size // samples))
        chosen = [[batch for one in epochs for batch in one][:steps] for epochs in several]
    else:
        one = combinations(range(samples), size)
        each = product(range(samples), repeat=size) if sampler == "replacement" else one
        chosen = [list(sequence) for sequence in product(list(each), repeat=steps)]
    return torch.tensor(chosen, dtype=torch.int64, device="cpu")


@dataclass(frozen=True)
class SamplerNoise:
    """Moments of `(1/N) sum_n v_n tau_n` over the choice of batches, under the identity loss."""

    recipe: Recipe
    batch_size: int
    sampler: str

    def omega(self) -> Tensor:
        """Effective step sizes, (K,)."""
        return torch.tensor(self.recipe.effective_steps(), dtype=torch.float64, device="cpu")

    def mean(self, v: Tensor) -> Tensor:
        """That of full batches, (P,), for `v (P, N)`."""
        return self.recipe.time * v.mean(dim=1)

    def factor(self, samples: int) -> float:
        """The variance in units of the population variance of `v_n`."""
        N, B, omega = samples, self.batch_size, self.omega()
        square = float(omega.square().sum())
        if self.sampler == "replacement":
            return square / B
        if self.sampler == "fresh":
            return square * (N - B) / (B * (N - 1))
        return sum(self._of_epoch(part, N // B) for part in omega.split(N // B)) / (N - 1)

    def _of_epoch(self, omega: Tensor, whole: int) -> float:
        """`whole sum omega_j^2 - (sum omega_j)^2`, written so that nothing cancels.

        `whole`: how many batches an epoch has that is not cut short.
        """
        missing = whole - len(omega)
        apart = len(omega) * (omega - omega.mean()).square().sum()
        return float(missing * omega.square().sum() + apart)

    def variance(self, v: Tensor) -> Tensor:
        """The variance, (P,)."""
        return v.var(dim=1, correction=0) * self.factor(v.shape[1])


def check(trial: BatchTrial, out: Comparisons) -> None:
    """Mean and variance of the code's outputs over all batches, on a draw without kinks."""
    c, start = trial.configuration, trial.draw
    require(c.kink_free and c.loss == "identity", "kink_free", c.kink_free, "must be true for E7n")
    recipe, N = c.f_recipe, len(start.y)
    every = every_choice(c.sampler, N, c.batch_size, len(recipe.steps)).to(start.X.device)
    outputs = torch.stack(
        [
            trial.code.output(
                trial.code.train_batches(start.f_0, start.X, start.y, recipe, batches),
                start.z,
                c.slope,
            )
            for batches in every
        ]
    )
    f_0, X, y, z = as_double(start.f_0), start.X.double(), start.y.double(), start.z.double()
    v = y * initial_kernel(f_0, z, X, c.slope) * (z @ X.T + recipe.beta)
    noise = trial.theory[SamplerNoise](recipe, c.batch_size, c.sampler)
    longest = torch.stack([Batches(batches, N).times(recipe) for batches in every]).amax(dim=0)
    ended = Trained(f_0, f_0, X, y, recipe, longest, longest)
    bound = 2 * RoundingBound.of(ended, start.X.dtype).output(z)
    gained = outputs - trial.code.output(start.f_0, start.z, c.slope)
    found, claimed = gained.mean(dim=0), noise.variance(v)
    out.identity(f"mean over batches, {c.sampler}", found, noise.mean(v), bound)
    spread = (gained - found).square().mean(dim=0)
    error = 4 * (claimed.clamp(min=0).sqrt() + bound) * bound
    out.identity(f"variance over batches, {c.sampler}", spread, claimed, error)


E7n = PathwiseStatement(
    id="E7n",
    statement="variance over batches of (1/N) sum_n y_n tau_n K(z,x_n): a formula for each sampler",
    plain="How much mini-batches make a network vary is known for each sampler.",
    kind=IDENTITY,
    source="none",
    proof="docs/beyond.md",
    rests_on=("E7",),
    carries=ADDED,
    needs=("train", "output", "train_batches"),
    latex=r"\mathrm{Var} = s^2 \sum_j \omega_j^2 \frac{N - B}{B (N - 1)}, \quad "
    r"s^2 \sum_j \frac{\omega_j^2}{B}, \quad \sum_{\text{epochs}} \frac{s^2}{N - 1} "
    r"\Big[\frac{N}{B} \sum_j \omega_j^2 - \Big(\sum_j \omega_j\Big)^2\Big]",
    compare=check,
    inputs=CHOSEN,
)


class FreshAlways(SamplerNoise):
    def factor(self, samples: int) -> float:
        # The fresh batches' formula, under epochs too
        sampler = "fresh" if self.sampler == "epochs" else self.sampler
        return SamplerNoise(self.recipe, self.batch_size, sampler).factor(samples)


class Uncorrected(SamplerNoise):
    def factor(self, samples: int) -> float:
        # N for N - 1: as if batches of all samples still scattered
        return super().factor(samples) * (1.0 if self.sampler == "replacement" else 1 - 1 / samples)


class StepsForEffective(SamplerNoise):
    def omega(self) -> Tensor:
        # eta_j for omega_j
        return torch.tensor(self.recipe.steps, dtype=torch.float64, device="cpu")


class OneLongStep(SamplerNoise):
    def factor(self, samples: int) -> float:
        # T^2 for the sum of omega_j^2
        whole = Recipe((self.recipe.time,))
        return SamplerNoise(whole, self.batch_size, self.sampler).factor(samples)


CONTROLS = (
    Control("noise-fresh", "epochs like fresh", ("E7n",), altered={SamplerNoise: FreshAlways}),
    Control("noise-population", "N for N - 1", ("E7n",), altered={SamplerNoise: Uncorrected}),
    Control("noise-eta", "eta for omega", ("E7n",), altered={SamplerNoise: StepsForEffective}),
    Control("noise-one-step", "one long step", ("E7n",), altered={SamplerNoise: OneLongStep}),
)
