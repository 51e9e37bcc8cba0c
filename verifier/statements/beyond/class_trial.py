"""Networks with an output for each class: configuration, and a trial that replays their path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor

from verifier.errors import NotComparable, require
from verifier.model.classes import CROSS_ENTROPY, ClassRecipe
from verifier.model.network import Parameters, as_double
from verifier.statements.beyond.class_replay import replay_classes
from verifier.statements.beyond.classes import ClassPath
from verifier.statements.inputs import Inputs
from verifier.trial.configuration import Configuration
from verifier.trial.description import seed_of
from verifier.trial.trial import Trial

_CALM = 1e-3  # relative error of a weight beyond which a comparison would say nothing


@dataclass(frozen=True)
class ClassConfiguration(Configuration):
    """A configuration whose f has an output for each of `classes`, trained by `class_loss`.

    Every sample has a class and another one as its target, both at random.
    """

    _COUNTS: ClassVar[tuple[str, ...]] = (*Configuration._COUNTS, "classes")

    classes: int = 3
    class_loss: str = CROSS_ENTROPY

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.classes >= 2, "classes", self.classes, "must be at least 2")
        _ = self.class_recipe  # raises for a loss that is unknown

    @property
    def class_recipe(self) -> ClassRecipe:
        """How f is trained."""
        return ClassRecipe(
            self.f_steps, self.class_loss, self.slope, self.momentum, self.train_bias
        )


class ClassTrial(Trial):
    """A trial whose f has several outputs."""

    configuration: ClassConfiguration

    @cached_property
    def chosen(self) -> tuple[Tensor, Tensor, Parameters]:
        """Classes and targets (N,), and the network at the start: they depend on nothing else."""
        c, start = self.configuration, self.draw
        seed = seed_of(c.seed(self.subject.settings.run_seed, self.replicate), "classes")
        generator = torch.Generator(device="cpu").manual_seed(seed)
        N, C = len(start.y), c.classes

        def whole(low: int) -> Tensor:
            return torch.randint(low, C, (N,), generator=generator, dtype=torch.int64, device="cpu")

        labels, further = whole(0), whole(1)
        a = torch.randn(C, c.width, generator=generator, dtype=torch.float64, device="cpu")
        targets = (labels + further) % C
        device = start.X.device
        return labels.to(device), targets.to(device), start.f_0._replace(a=a.to(start.X))

    @cached_property
    def class_path(self) -> ClassPath:
        """The replayed path; raises where no code could take it."""
        labels, _, initial = self.chosen
        X, recipe = self.draw.X, self.configuration.class_recipe
        return replay_classes(self.theory[ClassPath], initial, X, labels, recipe, X.dtype)

    @cached_property
    def unit(self) -> float:
        """The relative rounding of one neuron in the trial's dtype."""
        N, d = self.draw.X.shape
        operations = N + d**0.5 + len(self.configuration.f_steps) + self.configuration.classes + 4
        return operations * torch.finfo(self.draw.X.dtype).eps

    @cached_property
    def trained(self) -> Parameters:
        """Where the code ended; raises `NotComparable` where rounding alone may lead elsewhere."""
        path = self.class_path
        labels, _, initial = self.chosen
        recipe = self.configuration.class_recipe
        found = self.code.train_classes(initial, self.draw.X, labels, recipe)
        final, due = as_double(found), path.final()
        sizes = torch.linalg.vector_norm(final.W, dim=1), final.b.abs()
        apart = torch.linalg.vector_norm(final.W - due.W, dim=1), (final.b - due.b).abs()
        bounds = self.weight_bounds(final)
        far = torch.stack([b > _CALM * (s + 1) for b, s in zip(bounds, sizes, strict=True)]).any()
        agree = all(bool((a <= b).all()) for a, b in zip(apart, bounds, strict=True))
        if bool(far) or not (path.clear or agree):
            raise NotComparable("a pre-activation passes near its kink, or rounding grows too fast")
        return found

    def weight_bounds(self, final: Parameters) -> tuple[Tensor, Tensor]:
        """How far `final` may be from the theory's W (norms of rows) and b, (m,) each."""
        e_W, e_b = self.class_path.error
        W = 2 * e_W + self.unit * torch.linalg.vector_norm(final.W, dim=1)
        return W, 2 * e_b + self.unit * final.b.abs()

    def gradient_bound(self, final: Parameters, z: Tensor) -> Tensor:
        """What rounding may do to `nabla f_c(z)`, patterns that may flip included, (P, C)."""
        c = self.configuration
        e_W, e_b = self.weight_bounds(final)
        size = torch.linalg.vector_norm(final.W, dim=1)
        e_u = torch.linalg.vector_norm(z, dim=1)[:, None] * (e_W + self.unit * size)
        e_u = e_u + e_b + self.unit * final.b.abs()
        u = z @ final.W.T + final.b
        near = (1 - c.slope) * (u.abs() <= e_u).to(z.dtype)
        lift = final.a.abs() / c.width**0.5  # (C, m)
        sums = c.width**0.5 * torch.finfo(c.torch_dtype).eps + self.unit
        return (lift @ (e_W + sums * size)) + (near * size) @ lift.T


CLASSED = Inputs(
    "classed",
    "verifier.suite.classes:classed_configurations",
    ClassTrial,
    ClassConfiguration.from_json,
    cost=6,
    ladder="verifier.suite.ladder_beyond:CLASSED",
)
"""Every kind of data and network up to 300 neurons, with two to five classes."""
