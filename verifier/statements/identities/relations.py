"""What S1 asks a code again: its functions of points, and their arguments in other orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.model.network import Parameters, as_double, input_gradient
from verifier.model.vectors import row_norms
from verifier.trial.replay import drift_and_clearance
from verifier.trial.rounding import RoundingBound, unit
from verifier.trial.trained import Trained
from verifier.trial.trial import Trial


@dataclass(frozen=True)
class Shuffle:
    """Permutations of points, samples, neurons and coordinates; each moves everything."""

    points: Tensor
    samples: Tensor
    neurons: Tensor
    coordinates: Tensor

    @classmethod
    def of(cls, trial: Trial) -> Shuffle:
        """By a generator of its own, seeded as the trial's draw is."""
        generator = torch.Generator(device="cpu")
        generator.manual_seed(trial.configuration.seed(trial.subject.settings.run_seed))
        X, f_0 = trial.draw.X, trial.draw.f_0

        def shuffled(count: int) -> Tensor:
            cycle = torch.randperm(count, generator=generator, device="cpu", dtype=torch.int64)
            return torch.empty_like(cycle).scatter_(0, cycle, cycle.roll(1)).to(X.device)

        sizes = (len(trial.points), len(X), f_0.width, f_0.dimension)
        return cls(*(shuffled(size) for size in sizes))

    def of_neurons(self, params: Parameters) -> Parameters:
        """The same network, its neurons in another order."""
        return Parameters(*(t[self.neurons] for t in params))

    def of_coordinates(self, params: Parameters) -> Parameters:
        """The network that sees the coordinates of its inputs in another order."""
        return params._replace(W=params.W[:, self.coordinates])


Call = Callable[[Checked, Parameters, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Pointwise:
    """A function of a network and points `x (P, d)`, `t (P,)`, with a row for each point.

    `name`: the protocol's. `call`: its values. `bound (P,)`: of their rounding at the
    points asked for. `turns`: whether they are vectors, whose entries follow the coordinates.
    """

    name: str
    call: Call
    bound: Tensor
    turns: bool


def spread_points(trial: Trial) -> Tensor:
    """The trial's points, stretched up to a hundredfold, to where patterns differ, (P, d)."""
    x = trial.points
    return x * torch.logspace(0, 2, len(x), dtype=x.dtype, device=x.device)[:, None]


def pointwise(trial: Trial, trained: Parameters, x: Tensor) -> list[Pointwise]:
    """Those that the code offers, with their rounding bounds at a `trained` network and `x`."""
    c, dtype = trial.configuration, trial.draw.X.dtype
    state, X, y = as_double(trained), trial.draw.X.double(), trial.draw.y.double()
    nothing = torch.zeros_like(y)
    still = Trained(state, state, X, y, c.f_recipe, nothing, nothing)
    rounding, z = RoundingBound.of(still, dtype), x.double()
    length = row_norms(input_gradient(state, z, c.slope))
    direction = rounding.direction(z, length) + unit(still, dtype)
    calls: dict[str, tuple[Call, Tensor, bool]] = {
        "output": (lambda o, f, x, t: o.output(f, x, c.slope), rounding.output(z), False),
        "input_gradient": (
            lambda o, f, x, t: o.input_gradient(f, x, c.slope),
            rounding.input_gradient(z),
            True,
        ),
        "perturb": (
            lambda o, f, x, t: o.perturb(f, x, t, c.eps, c.slope, c.loss_function).double(),
            c.eps * direction,
            True,
        ),
    }
    offered = trial.code.offered
    return [Pointwise(name, *rest) for name, rest in calls.items() if name in offered]


def training_bound(trial: Trial) -> RoundingBound:
    """How far rounding may lead a correct code from the true end of training f."""
    start, recipe = trial.draw, trial.configuration.f_recipe
    path = trial.path(start.f_0, start.X, start.y, recipe)
    assert path.path_weights is not None  # asked for
    ends = as_double(start.f_0), as_double(path.params)
    tau = path.tau.double()
    run = Trained(
        *ends, start.X.double(), start.y.double(), recipe, tau, path.path_weights.double()
    )
    drift, _ = drift_and_clearance(run, start.X.dtype)
    return RoundingBound.of(run, start.X.dtype, drift)


def strided(t: Any) -> Any:
    """Equal to a tensor or network, but every second row of memory laid out by columns."""
    if isinstance(t, Parameters):
        return Parameters(*(strided(part) for part in t))
    if not isinstance(t, Tensor):
        return t
    rows = torch.stack((t, -1 - t), dim=1).flatten(0, 1)
    return (rows.mT.contiguous().mT if t.ndim > 1 else rows)[::2]
