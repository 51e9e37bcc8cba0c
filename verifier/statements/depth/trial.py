"""One trial of E6: a deep configuration, the draw it stands for, its training, and rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Generator, Tensor

from verifier.data.distributions import Data
from verifier.errors import DivergedError, require, require_count
from verifier.model.deep import DeepRecipe, Layers, check_schedule, train_deep
from verifier.statements.depth.formulas import PathRounding, Span, Subspace
from verifier.statements.depth.one_step import DescentStep, one_step
from verifier.statements.inputs import Inputs
from verifier.trial.description import Described
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject

_LARGEST = 1e100  # of a weight: its square must stay in the range


@dataclass(frozen=True)
class DeepConfiguration(Described):
    """Data, a deep network, its optimiser and the floating-point type, as plain data.

    `widths`: of the hidden layers, first to last. `batch_size` samples a step, drawn with or
    without `replacement` within the batch. The other fields are `model.deep.DeepRecipe`'s.
    """

    _STEPS: ClassVar[tuple[str, ...]] = ("steps",)
    _TUPLES: ClassVar[tuple[str, ...]] = ("widths", "steps")
    _FLOATS: ClassVar[tuple[str, ...]] = ("slope", "momentum", "weight_decay", "clip_norm")
    _COUNTS: ClassVar[tuple[str, ...]] = ("batch_size", "fresh_points")
    _TRUTHS: ClassVar[tuple[str, ...]] = ("replacement", "nesterov", "decoupled", "train_bias")

    data: Data
    widths: tuple[int, ...]
    steps: tuple[float, ...]
    batch_size: int
    activation: str = "leaky relu"
    slope: float = 0.0
    replacement: bool = False
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    decoupled: bool = False
    clip_norm: float | None = None
    train_bias: bool = True
    loss: str = "identity"
    loss_constants: tuple[tuple[str, float], ...] = ()
    dtype: str = "float64"
    fresh_points: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        require(len(self.widths) >= 1, "widths", self.widths, "must name at least one layer")
        for width in self.widths:
            require_count("widths", width)
        require(
            self.replacement or self.batch_size <= self.data.samples,
            "batch_size",
            self.batch_size,
            "without replacement, must be at most the number of samples",
        )
        check_schedule(self)

    def recipe(self, batches: Tensor) -> DeepRecipe:
        """How the network is trained on `batches (K, B)`."""
        return DeepRecipe(
            self.steps,
            batches,
            self.activation,
            self.slope,
            self.loss_function,
            self.momentum,
            self.nesterov,
            self.weight_decay,
            self.decoupled,
            self.clip_norm,
            self.train_bias,
        )


@dataclass(frozen=True)
class DeepDraw:
    """One realisation: a fresh network, `X (N, d)`, `y (N,)`, points `z (P, d)`, and the recipe.

    Weights are `N(0, 1/inputs)`, biases `N(0, 1)`, all independent.
    """

    layers: Layers
    X: Tensor
    y: Tensor
    z: Tensor
    recipe: DeepRecipe


def draw_deep(
    configuration: DeepConfiguration, settings: Settings | None = None, replicate: int = 0
) -> DeepDraw:
    """The draw that a configuration, a run-level seed and a replicate number stand for."""
    settings, c = settings or Settings(), configuration
    generator = torch.Generator(device="cpu")
    generator.manual_seed(c.seed(settings.run_seed, replicate))
    X, y, z = c.data.sample(c.fresh_points, generator, settings.images)

    def place(values: Tensor) -> Tensor:
        return values.to(device=settings.device, dtype=c.torch_dtype)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64, device="cpu")

    sizes = (c.data.dimension, *c.widths, 1)
    layers = tuple(
        (place(normal(m, d) / math.sqrt(d)), place(normal(m))) for d, m in pairwise(sizes)
    )
    batches = torch.stack([_batch(c, generator) for _ in c.steps]).to(settings.device)
    return DeepDraw(layers, place(X), place(y), place(z), c.recipe(batches))


def _batch(c: DeepConfiguration, generator: Generator) -> Tensor:
    N, B = c.data.samples, c.batch_size
    if c.replacement:
        return torch.randint(0, N, (B,), generator=generator, dtype=torch.int64, device="cpu")
    return torch.randperm(N, generator=generator, dtype=torch.int64, device="cpu")[:B]


class DeepTrial:
    """A deep configuration run by an implementation, under a theory; formulas are in float64."""

    def __init__(
        self, configuration: DeepConfiguration, subject: Subject | None = None, replicate: int = 0
    ) -> None:
        self.configuration = configuration
        self.subject = subject or Subject()
        self.code = self.subject.code
        self.span = self.subject.theory[Span]()
        self.replicate = replicate

    @cached_property
    def draw(self) -> DeepDraw:
        """The initial network, data, fresh points and recipe."""
        return draw_deep(self.configuration, self.subject.settings, self.replicate)

    @cached_property
    def rounding(self) -> PathRounding:
        """What rounding may do along the path; `DivergedError` if there is no finite path.

        To be had before the code under test sees the draw, which may not reject it itself.
        """
        start = self.draw
        observer = PathRounding(start.recipe, start.layers[0][0])
        final = train_deep(start.layers, start.X, start.y, start.recipe, observer)
        limit = min(_LARGEST, math.sqrt(torch.finfo(start.X.dtype).max))
        if max(float(t.abs().max()) for layer in final for t in layer) > limit:
            raise DivergedError(len(start.recipe.steps) - 1, "the square of a weight")
        return observer

    @cached_property
    def trained(self) -> Layers:
        """The layers that the implementation returned, in float64."""
        _ = self.rounding
        start = self.draw
        return as_double(self.code.train_deep(start.layers, start.X, start.y, start.recipe))

    def prefixes(self, count: int) -> list[Layers]:
        """The layers that the implementation returned after 1, ..., `count` steps, in float64."""
        start, found = self.draw, []
        for k in range(1, count + 1):
            recipe = start.recipe
            recipe = replace(recipe, steps=recipe.steps[:k], batches=recipe.batches[:k])
            trained = self.code.train_deep(start.layers, start.X, start.y, recipe)
            found.append(as_double(trained))
        return found

    @cached_property
    def expected_step(self) -> DescentStep:
        """What one plain full-batch step from the initial layers gives."""
        start = self.draw
        X, y = start.X.double(), start.y.double()
        return DescentStep.of(as_double(start.layers), X, y, start.recipe, start.X.dtype)

    @cached_property
    def one_step(self) -> Layers:
        """The layers that the implementation returned after that step, in float64."""
        start = self.draw
        recipe = one_step(start.recipe, len(start.X), start.X.device)
        return as_double(self.code.train_deep(start.layers, start.X, start.y, recipe))

    @cached_property
    def samples(self) -> Subspace:
        """The span of the samples that the batches drew: no other can have left a trace."""
        seen = torch.unique(self.draw.recipe.batches)
        return Subspace.of(self.draw.X[seen].double(), self.configuration.torch_dtype)


def as_double(layers: Layers) -> Layers:
    """The same layers in float64."""
    return tuple((W.double(), b.double()) for W, b in layers)


DEEP = Inputs(
    "deep",
    "verifier.suite.strategies:deep_configurations",
    DeepTrial,
    DeepConfiguration.from_json,
    cost=3,
    ladder="verifier.suite.ladder_deep:LADDER",
)
"""Networks of two to six layers, with every option of SGD."""
